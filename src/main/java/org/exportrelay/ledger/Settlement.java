package org.exportrelay.ledger;

import java.time.Duration;

/**
 * What became of a delivery after a failed attempt.
 *
 * @param state retrying, parked or expired; null if the claim was lost and another instance decides
 * @param delay until the next attempt; null if there is none
 * @param uncounted 1 if the attempt does not count, else 0
 */
public record Settlement(DeliveryState state, Duration delay, int uncounted) {

    static final Settlement LOST = new Settlement(null, null, 0);

    static Settlement of(Remedy remedy, int attempts, RetryPolicy retries, Duration postponement) {
        return switch (remedy) {
            case RETRY -> retries.isExhausted(attempts)
                    ? new Settlement(DeliveryState.PARKED, null, 0)
                    : new Settlement(DeliveryState.RETRYING, retries.delayAfter(attempts), 0);
            case POSTPONE -> new Settlement(DeliveryState.RETRYING, postponement, 1);
            case PARK -> new Settlement(DeliveryState.PARKED, null, 0);
            case EXPIRE -> new Settlement(DeliveryState.EXPIRED, null, 0);
        };
    }

    /** Whether another instance has taken the delivery meanwhile. */
    public boolean isLost() {
        return state == null;
    }
}
