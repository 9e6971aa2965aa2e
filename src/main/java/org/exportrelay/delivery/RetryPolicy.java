package org.exportrelay.delivery;

import java.time.Duration;
import org.exportrelay.config.Durations;

/**
 * Decides what follows from a failed attempt: a retry and when, or parking.
 *
 * @param maxAttempts 1 or more; after the last one the delivery is parked
 * @param retryDelay before the second attempt, doubled before each further one
 * @param maxRetryDelay the longest wait
 */
public record RetryPolicy(int maxAttempts, Duration retryDelay, Duration maxRetryDelay) {

    private static final int LARGEST_SHIFT = 30;
    /** A delivery that has met an outage is due after this time at most, so that others come first. */
    public static final Duration AFTER_OUTAGE = Duration.ofSeconds(5);
    /** Wait before a retry that counts no attempt. */
    private static final Duration POSTPONEMENT = Duration.ofSeconds(15);

    /**
     * The state of a delivery after a failed attempt.
     *
     * @param action what the failure asks for
     * @param attempt its number, 1 or more
     */
    public DeliveryOutcome outcomeOf(FailureAction action, int attempt) {
        return switch (action) {
            case RETRY -> attempt >= maxAttempts
                    ? new DeliveryOutcome(DeliveryState.PARKED, null, true)
                    : new DeliveryOutcome(DeliveryState.RETRYING, delayAfter(attempt), true);
            case POSTPONE -> new DeliveryOutcome(DeliveryState.RETRYING, POSTPONEMENT, false);
                // The destination's state decides when it is tried; this only keeps it from being the next one again.
            case OUTAGE -> new DeliveryOutcome(
                    DeliveryState.RETRYING, Durations.shorter(retryDelay, AFTER_OUTAGE), false);
            case PARK -> new DeliveryOutcome(DeliveryState.PARKED, null, true);
            case EXPIRE -> new DeliveryOutcome(DeliveryState.EXPIRED, null, true);
        };
    }

    /** The wait after a number of failures in a row, 1 or more. */
    public Duration delayAfter(int attempts) {
        long factor = 1L << Math.min(LARGEST_SHIFT, Math.max(0, attempts - 1));
        // Compared by division, since the product of a long delay and a large factor overflows.
        return retryDelay.compareTo(maxRetryDelay.dividedBy(factor)) >= 0
                ? maxRetryDelay
                : retryDelay.multipliedBy(factor);
    }
}
