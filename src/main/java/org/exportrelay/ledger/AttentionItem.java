package org.exportrelay.ledger;

/**
 * Something that an operator should know now.
 *
 * @param cause what it is
 * @param subject a destination, or what else it concerns
 * @param text since when, why and how much
 * @param action what to do
 */
public record AttentionItem(Cause cause, String subject, String text, String action) {}
