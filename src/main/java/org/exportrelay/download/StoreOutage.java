package org.exportrelay.download;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.apache.camel.util.ObjectHelper;
import org.exportrelay.config.Durations;
import org.exportrelay.delivery.ConnectionFailures;
import org.jboss.logging.Logger;

/**
 * Whether the store can be reached. After two failures in a row, or one with Retry-After, downloads pause, and one at a
 * time is tried at growing intervals; none of these attempts counts, since no delivery is at fault. A file that fails while
 * others succeed is at fault. Known to this process only. Thread-safe.
 */
final class StoreOutage {

    private static final Logger LOG = Logger.getLogger(StoreOutage.class);
    private static final Duration SHORTEST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);
    private static final Duration LONGEST_RETRY_AFTER = Duration.ofDays(1);
    private static final int LARGEST_SHIFT = 10;

    private final LongSupplier nanoTime;
    private int failures;
    private boolean paused;
    private long since;
    private long nextTry;

    StoreOutage(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * Downloads that may be started now.
     *
     * @param free as far as the pool allows, 0 or more
     * @param running downloads
     */
    synchronized int allowed(int free, int running) {
        if (!paused) {
            return free;
        }
        return running == 0 && nanoTime.getAsLong() - nextTry >= 0 ? Math.min(1, free) : 0;
    }

    /**
     * A download failed.
     *
     * @param reason for the log; never with a URL
     * @return whether the store is at fault, not the file
     */
    synchronized boolean failed(Throwable failure, String reason) {
        Optional<Duration> retryAfter = Optional.ofNullable(
                        ObjectHelper.getException(StoreUnavailableException.class, failure))
                .flatMap(StoreUnavailableException::retryAfter);
        if (!ConnectionFailures.isIn(failure)
                && ObjectHelper.getException(StoreUnavailableException.class, failure) == null) {
            return false;
        }
        failures++;
        long now = nanoTime.getAsLong();
        if (failures == 1) {
            since = now;
        }
        Duration pause = pause(retryAfter);
        nextTry = now + pause.toNanos();
        boolean begins = !paused && (failures > 1 || retryAfter.isPresent());
        paused |= begins;
        if (begins) {
            LOG.errorf(
                    "downloads pause: the store cannot be reached (%s); no attempt is counted; next attempt in %s",
                    reason, Durations.rounded(pause));
        }
        return paused;
    }

    private Duration pause(Optional<Duration> retryAfter) {
        Duration own = SHORTEST_PAUSE.multipliedBy(1L << Math.min(LARGEST_SHIFT, failures));
        Duration bounded = own.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : own;
        Duration asked = retryAfter
                .map(wait -> wait.compareTo(LONGEST_RETRY_AFTER) > 0 ? LONGEST_RETRY_AFTER : wait)
                .orElse(Duration.ZERO);
        return asked.compareTo(bounded) > 0 ? asked : bounded;
    }

    /** Whether downloads pause. */
    synchronized boolean isPaused() {
        return paused;
    }

    /** A download succeeded. */
    synchronized void succeeded() {
        if (paused) {
            LOG.infof(
                    "downloads resume: the store can be reached again after %s",
                    Durations.rounded(Duration.ofNanos(nanoTime.getAsLong() - since)));
        }
        failures = 0;
        paused = false;
    }
}
