package org.exportrelay.download;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.apache.camel.util.ObjectHelper;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.exportrelay.config.Durations;
import org.exportrelay.delivery.ConnectionFailures;
import org.exportrelay.log.LogEvent;
import org.jboss.logging.Logger;

/**
 * Whether the store can be reached. After two failures in a row, or one with Retry-After, downloads pause, and one at a
 * time is tried at growing intervals; none of these attempts counts, since no delivery is at fault. Any answer that shows
 * that the store works ends the pause, also one that refuses a file. A file that fails while others succeed is at fault.
 * Known to this process only. Thread-safe.
 */
@Singleton
class StoreOutage {

    private static final Logger LOG = Logger.getLogger(StoreOutage.class);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);
    /** One object may ask for a longer wait; all others must not wait so long for it. */
    private static final Duration LONGEST_RETRY_AFTER = Duration.ofMinutes(30);

    private final LongSupplier nanoTime;
    private final ProbeInterval probes;
    private boolean paused;
    private long since;

    @Inject
    StoreOutage() {
        this(System::nanoTime);
    }

    StoreOutage(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.probes = new ProbeInterval(nanoTime, LONGEST_PAUSE);
    }

    /**
     * Downloads that may be started now.
     *
     * @param free as far as the pool allows, 0 or more
     * @param probing downloads that were started during the pause and have not ended
     */
    synchronized int allowed(int free, int probing) {
        return paused ? probes.allowed(free, probing) : free;
    }

    /** Whether downloads pause. */
    synchronized boolean isPaused() {
        return paused;
    }

    /**
     * A download failed.
     *
     * @param reason for the log; never with a URL
     * @return whether the store is at fault, not the file
     */
    synchronized boolean failed(Throwable failure, String reason) {
        if (!isOutage(failure)) {
            if (isAnswer(failure)) {
                answered();
            }
            return false;
        }
        if (paused && !probes.isDue()) {
            // It began before the pause: it says nothing new about when to try again.
            return true;
        }
        if (probes.failures() == 0) {
            since = nanoTime.getAsLong();
        }
        Optional<Duration> retryAfter = retryAfter(failure);
        Duration pause = probes.failed(retryAfter.orElse(Duration.ZERO));
        boolean begins = !paused && (probes.failures() > 1 || retryAfter.isPresent());
        paused |= begins;
        if (begins) {
            LogEvent.STORE_DOWN
                    .on(LOG)
                    .errorf(
                            "downloads pause: the store cannot be reached (%s); no attempt is counted; next attempt in %s",
                            reason, Durations.rounded(pause));
        }
        return paused;
    }

    /** Whether the store is unavailable, as far as one failure shows. */
    static boolean isOutage(Throwable failure) {
        return ConnectionFailures.isIn(failure)
                || ObjectHelper.getException(StoreUnavailableException.class, failure) != null
                || ObjectHelper.getException(NoHttpResponseException.class, failure) != null;
    }

    /** Such as a body that ends too early: the store has begun to send it. */
    private static boolean isAnswer(Throwable failure) {
        return failure instanceof IOException && !(failure instanceof InterruptedIOException);
    }

    /** How long the store asked to wait, within limits; empty if it did not. */
    static Optional<Duration> retryAfter(Throwable failure) {
        return Optional.ofNullable(ObjectHelper.getException(StoreUnavailableException.class, failure))
                .flatMap(StoreUnavailableException::retryAfter)
                .map(asked -> Durations.shorter(asked, LONGEST_RETRY_AFTER));
    }

    /** The store has sent a file, or has refused one for a reason of its own. */
    synchronized void answered() {
        if (paused) {
            LogEvent.STORE_UP
                    .on(LOG)
                    .infof(
                            "downloads resume: the store can be reached again after %s",
                            Durations.rounded(Duration.ofNanos(nanoTime.getAsLong() - since)));
        }
        probes.reset();
        paused = false;
    }
}
