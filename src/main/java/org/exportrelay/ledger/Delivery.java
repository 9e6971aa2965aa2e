package org.exportrelay.ledger;

/**
 * A delivery that this instance has claimed.
 *
 * @param deliveryId stable over retries
 * @param destination whose it is
 * @param attempt 1 for the first; together with the owner it is the token that fences late settlers
 * @param file what is delivered
 */
public record Delivery(String deliveryId, String destination, int attempt, ExportFile file) {}
