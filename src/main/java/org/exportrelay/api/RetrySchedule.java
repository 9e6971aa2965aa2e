package org.exportrelay.api;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/**
 * When one call to the API is sent again: after 1, 2, 4, 8, 16 and 30 s with 0 to 500 ms of jitter, or
 * after the time of {@code Retry-After}, as long as the next attempt begins within 90 s of the first. The API's
 * documentation recommends exactly this. Used by one thread.
 */
final class RetrySchedule {

    private static final int[] BACKOFF_SECONDS = {1, 2, 4, 8, 16, 30};
    private static final int JITTER_MILLIS = 500;
    private static final Duration LONGEST_CALL = Duration.ofSeconds(90);

    private final long deadline = System.nanoTime() + LONGEST_CALL.toNanos();
    private int attempts;

    /** Plans the next attempt without a wait; empty if the call has failed for good. */
    Optional<Duration> immediately() {
        return attempts++ < BACKOFF_SECONDS.length ? Optional.of(Duration.ZERO) : Optional.empty();
    }

    /**
     * Plans the next attempt.
     *
     * @param retryAfter the time that the answer requests
     * @return how long to wait for it; empty if the call has failed for good
     */
    Optional<Duration> next(Optional<Duration> retryAfter) {
        if (attempts >= BACKOFF_SECONDS.length) {
            return Optional.empty();
        }
        Duration wait = retryAfter
                .orElse(Duration.ofSeconds(BACKOFF_SECONDS[attempts]))
                .plusMillis(ThreadLocalRandom.current().nextInt(JITTER_MILLIS + 1));
        attempts++;
        return System.nanoTime() + wait.toNanos() > deadline ? Optional.empty() : Optional.of(wait);
    }
}
