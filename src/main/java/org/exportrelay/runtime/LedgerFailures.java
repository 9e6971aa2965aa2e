package org.exportrelay.runtime;

import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.LongSupplier;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.log.LogEvent;
import org.jboss.logging.Logger;

/** Logs once that the ledger cannot be used, however many steps meet it, and once that it can again. Thread-safe. */
@Singleton
class LedgerFailures {

    private static final Logger LOG = Logger.getLogger(LedgerFailures.class);

    private final Set<String> failing = new HashSet<>();
    private final LongSupplier nanoTime;
    private Long lastFailure;

    LedgerFailures() {
        this(System::nanoTime);
    }

    /**
     * @param nanoTime the monotonic clock
     */
    LedgerFailures(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** A step met a ledger that cannot be used. */
    synchronized void failed(String step, Throwable failure) {
        if (failing.isEmpty()) {
            LogEvent.LEDGER_UNAVAILABLE
                    .on(LOG)
                    .errorf(
                            "the ledger cannot be used now (%s); work pauses and resumes automatically when it can",
                            LedgerDatabase.describe(failure));
            LOG.debug("the ledger cannot be used now", failure);
        }
        failing.add(step);
        lastFailure = nanoTime.getAsLong();
    }

    /** Whether no use has failed for a time, nor since the start. */
    synchronized boolean hasNoneFor(Duration time) {
        return failing.isEmpty() && (lastFailure == null || nanoTime.getAsLong() - lastFailure >= time.toNanos());
    }

    /** Whether the last use failed. */
    synchronized boolean isFailing() {
        return !failing.isEmpty();
    }

    /** A step has used the ledger. */
    synchronized void succeeded(String step) {
        if (failing.remove(step) && failing.isEmpty()) {
            LogEvent.LEDGER_AVAILABLE.on(LOG).info("the ledger can be used again");
        }
    }
}
