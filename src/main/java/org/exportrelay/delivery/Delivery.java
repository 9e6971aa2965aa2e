package org.exportrelay.delivery;

/**
 * A delivery that this instance has claimed.
 *
 * @param deliveryId stable over retries
 * @param destination whose it is
 * @param attempt 1 for the first
 * @param isFirstClaim whether no instance has begun it before, not even in an attempt that did not count
 * @param replays how often it was replayed after it was delivered; 0 at first
 * @param claim new at every claim: only the latest one can record its outcome
 * @param file what is delivered
 */
public record Delivery(
        String deliveryId,
        String destination,
        int attempt,
        boolean isFirstClaim,
        int replays,
        String claim,
        ExportFile file) {}
