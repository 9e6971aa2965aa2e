package org.exportrelay.delivery;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;

/**
 * Logs failed attempts, so that many deliveries of one destination that fail for the same reason do not flood the log:
 * the first {@value #IN_FULL} in full, and from then on their number, at most once a minute, until a minute passes without
 * one. {@code status} lists each of them. Thread-safe.
 */
@Singleton
public final class FailureLog {

    private static final int IN_FULL = 30;
    private static final long PERIOD_NANOS = Duration.ofMinutes(1).toNanos();
    /** What differs between two failures of the same kind: numbers and identifiers. */
    private static final Pattern VARIABLE = Pattern.compile("[0-9a-fA-F-]*[0-9][0-9a-fA-F.,-]*");

    private final LongSupplier nanoTime;
    private final Map<Kind, Repeated> kinds = new HashMap<>();

    @Inject
    public FailureLog() {
        this(System::nanoTime);
    }

    FailureLog(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** Logs an attempt now, or counts it. One that is postponed is logged at DEBUG only, since its cause is logged once. */
    public synchronized void log(Logger log, FailedAttempt attempt) {
        if (attempt.outcome().isPostponed()) {
            attempt.log(log);
            return;
        }
        long now = nanoTime.getAsLong();
        Repeated repeated = kinds.computeIfAbsent(Kind.of(attempt), kind -> new Repeated());
        if (repeated.shown < IN_FULL) {
            repeated.shown++;
            repeated.loggedAt = now;
            attempt.log(log);
            return;
        }
        repeated.log = log;
        repeated.last = attempt;
        repeated.more++;
        if (now - repeated.loggedAt >= PERIOD_NANOS) {
            repeated.logMore(now);
        }
    }

    /** Logs the numbers that are due. Called every few seconds. */
    public synchronized void update() {
        long now = nanoTime.getAsLong();
        for (Iterator<Repeated> each = kinds.values().iterator(); each.hasNext(); ) {
            Repeated repeated = each.next();
            if (now - repeated.loggedAt < PERIOD_NANOS) {
                continue;
            }
            if (repeated.more == 0) {
                each.remove();
            } else {
                repeated.logMore(now);
            }
        }
    }

    /** Logs all numbers now. Called at the end of the process. */
    public synchronized void close() {
        long now = nanoTime.getAsLong();
        kinds.values().stream().filter(repeated -> repeated.more > 0).forEach(repeated -> repeated.logMore(now));
        kinds.clear();
    }

    /**
     * Failures that are alike.
     *
     * @param destination whose
     * @param isFinal whether the deliveries are not tried again
     * @param reason without what differs from file to file
     */
    private record Kind(String destination, boolean isFinal, String reason) {

        static Kind of(FailedAttempt attempt) {
            ExportFile file = attempt.file();
            String reason = attempt.reason()
                    .replace(file.uniqueName(), "")
                    .replace(file.safeName(), "")
                    .replace(file.filename(), "")
                    .replace(file.exportId(), "");
            return new Kind(
                    attempt.destination(),
                    attempt.outcome().state().isFinal(),
                    VARIABLE.matcher(reason).replaceAll("#"));
        }
    }

    /** Failures of one kind that came without a break. */
    private static final class Repeated {

        private int shown;
        private long loggedAt;
        private long more;
        private Logger log;
        private FailedAttempt last;

        void logMore(long now) {
            last.logMore(log, more);
            more = 0;
            loggedAt = now;
        }
    }
}
