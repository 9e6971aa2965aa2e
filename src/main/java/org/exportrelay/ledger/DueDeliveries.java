package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import org.exportrelay.delivery.Destination;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.Handle;

/**
 * Which destinations have deliveries that this instance may claim, read for all of them together: an idle relay with many
 * destinations queries the ledger no more often than one with a single destination. Reads only. Thread-safe.
 */
public final class DueDeliveries {

    private final LedgerDatabase database;
    private final DestinationStates states;
    private final String spool;
    private final long maxAgeNanos;
    private final Clock clock;
    private Set<String> due = Set.of();
    private long readAt;

    /**
     * @param database open
     * @param states which of them are down or held
     * @param spool the name under which this process's spool has files
     * @param maxAge how late a change of another process may be noticed
     * @param clock for due times
     */
    public DueDeliveries(
            LedgerDatabase database, DestinationStates states, String spool, Duration maxAge, Clock clock) {
        this.database = database;
        this.states = states;
        this.spool = spool;
        this.maxAgeNanos = maxAge.toNanos();
        this.clock = clock;
        this.readAt = System.nanoTime() - maxAgeNanos;
    }

    /** A route starts: its window, and a pause or an outage that was recorded before, hold from its first claim on. */
    public void routeStarts() {
        states.changed();
    }

    /** Whether a destination is to claim now. None that is held, and none that is down before its next probe. */
    public synchronized boolean isAnyDue(Destination destination) {
        DestinationState state = states.of(destination.name()).orElse(null);
        if (state != null && state.hold().isPresent()) {
            return false;
        }
        if (state != null
                && state.outage().isPresent()
                && state.outage().get().nextProbe().isAfter(clock.instant())) {
            return false;
        }
        if (System.nanoTime() - readAt >= maxAgeNanos) {
            long start = System.nanoTime();
            due = read();
            readAt = start;
        }
        return due.contains(destination.name());
    }

    private Set<String> read() {
        Instant now = clock.instant();
        return database.jdbi().withHandle(handle -> {
            Set<String> found = in(handle, spool, true, now);
            found.addAll(in(handle, SpooledFiles.NO_SPOOL, false, now));
            return found;
        });
    }

    /**
     * The destinations that have due deliveries with their file in a spool. For each destination in the order of the index:
     * otherwise PostgreSQL reads the whole table where most of it is the backlog of another one.
     *
     * @param spool {@link SpooledFiles#NO_SPOOL} for those whose file is in none, or that need none
     */
    static Set<String> in(Handle handle, String spool, boolean needsFile, Instant now) {
        return handle.createQuery(
                        """
                        SELECT t.name FROM destination t WHERE (
                          SELECT 1 FROM delivery d WHERE d.destination = t.name AND d.spooled_by = :spool AND d.%s
                            AND d.state <> 'in_progress' AND d.next_attempt_at <= :now AND d.needs_file = :needsFile
                          ORDER BY d.expires_at, d.file_id LIMIT 1) = 1"""
                                .formatted(Sql.OPEN))
                .bind("spool", spool)
                .bind("needsFile", needsFile)
                .bind("now", now)
                .mapTo(String.class)
                .set();
    }
}
