package org.exportrelay.delivery;

import java.time.Duration;

/**
 * When a failed delivery is tried again.
 *
 * @param maxAttempts 1 or more; after the last one the delivery is parked
 * @param retryDelay before the second attempt, doubled before each further one
 * @param maxRetryDelay the longest wait
 */
public record RetryPolicy(int maxAttempts, Duration retryDelay, Duration maxRetryDelay) {

    private static final int LARGEST_SHIFT = 30;

    /** The wait after a number of attempts, 1 or more. */
    public Duration delayAfter(int attempts) {
        long factor = 1L << Math.min(LARGEST_SHIFT, Math.max(0, attempts - 1));
        // Compared by division, since the product of a long delay and a large factor overflows.
        return retryDelay.compareTo(maxRetryDelay.dividedBy(factor)) >= 0
                ? maxRetryDelay
                : retryDelay.multipliedBy(factor);
    }

    /** Whether that many attempts are all there are. */
    public boolean isExhausted(int attempts) {
        return attempts >= maxAttempts;
    }
}
