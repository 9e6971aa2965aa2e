package org.exportrelay.delivery;

/**
 * A delivery that this instance has claimed.
 *
 * @param deliveryId stable over retries
 * @param destination whose it is
 * @param attempt that counts towards the most that its route allows; 1 for the first
 * @param claims how often it was claimed, also for attempts that did not count; 1 for the first
 * @param replays how often it was replayed after it was delivered; 0 at first
 * @param claim new at every claim: only the latest one can record its outcome
 * @param file what is delivered
 */
public record Delivery(
        String deliveryId, String destination, int attempt, int claims, int replays, String claim, ExportFile file) {

    /** Whether no instance has begun it before, not even in an attempt that did not count. */
    public boolean isFirstClaim() {
        return claims == 1;
    }
}
