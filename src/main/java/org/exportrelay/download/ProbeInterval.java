package org.exportrelay.download;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.exportrelay.config.Durations;

/** When something that failed is tried again: each failure in a row doubles the wait. Guarded by its user. */
final class ProbeInterval {

    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final int LARGEST_SHIFT = 10;

    private final LongSupplier nanoTime;
    private final Duration longest;
    private int failures;
    private long nextTry;

    /**
     * @param nanoTime the monotonic clock
     * @param longest wait, unless the one that failed asks for more
     */
    ProbeInterval(LongSupplier nanoTime, Duration longest) {
        this.nanoTime = nanoTime;
        this.longest = longest;
    }

    /**
     * It failed once more.
     *
     * @param asked to wait at least so long
     * @return the wait
     */
    Duration failed(Duration asked) {
        failures++;
        Duration own = SHORTEST.multipliedBy(1L << Math.min(LARGEST_SHIFT, failures));
        Duration wait = Durations.longer(asked, Durations.shorter(own, longest));
        nextTry = nanoTime.getAsLong() + wait.toNanos();
        return wait;
    }

    /** It works, and may be tried immediately. */
    void reset() {
        failures = 0;
        nextTry = nanoTime.getAsLong();
    }

    /** In a row. */
    int failures() {
        return failures;
    }

    /**
     * How many tries may begin now: one at a time, once the wait has ended.
     *
     * @param most 0 or more
     * @param running tries that have not ended
     */
    int allowed(int most, int running) {
        return running == 0 && isDue() ? Math.min(1, most) : 0;
    }

    /** Whether the wait has ended. */
    boolean isDue() {
        return nanoTime.getAsLong() - nextTry >= 0;
    }
}
