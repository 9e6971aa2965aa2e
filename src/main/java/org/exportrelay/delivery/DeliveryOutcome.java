package org.exportrelay.delivery;

import java.time.Duration;

/**
 * The state of a delivery after an attempt.
 *
 * @param state null if the claim was lost and another instance decides
 * @param delay until the next attempt; null if there is none
 * @param counted whether the attempt counts towards {@link RetryPolicy#maxAttempts}
 */
public record DeliveryOutcome(DeliveryState state, Duration delay, boolean counted) {

    /** The destination has accepted it. */
    public static final DeliveryOutcome DELIVERED = new DeliveryOutcome(DeliveryState.DELIVERED, null, true);
    /** The route ended without handing it to an endpoint. */
    public static final DeliveryOutcome SKIPPED = new DeliveryOutcome(DeliveryState.SKIPPED, null, true);
    /** Not tried to its end, as when its route stops; due again immediately. */
    public static final DeliveryOutcome RELEASED = new DeliveryOutcome(DeliveryState.RETRYING, Duration.ZERO, false);
    /** The claim ended before; nothing was changed. */
    public static final DeliveryOutcome LOST = new DeliveryOutcome(null, null, false);

    /** Whether another instance has claimed the delivery since. */
    public boolean isLost() {
        return state == null;
    }

    /** Whether the failure has a cause that is reported elsewhere, such as an unreachable API. */
    public boolean isPostponed() {
        return state == DeliveryState.RETRYING && !counted;
    }
}
