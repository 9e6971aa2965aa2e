package org.exportrelay.ledger;

import java.time.Instant;

/**
 * Something that an operator should know now.
 *
 * @param cause what it is
 * @param subject a destination, or what else it concerns
 * @param since since when, or when it last happened; null if that is not known
 * @param text since when, why and how much, for people
 * @param action what to do
 * @param deliveryId the delivery that failed last; null if it concerns no failed delivery
 */
public record AttentionItem(
        Cause cause, String subject, Instant since, String text, String action, String deliveryId) {}
