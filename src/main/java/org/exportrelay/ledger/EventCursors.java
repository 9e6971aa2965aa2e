package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.exportrelay.ledger.database.LedgerDatabase;

/**
 * How far each {@code export-events:NAME} has read the events. Of the instances that share a ledger, one at a time reads
 * for a name. Thread-safe.
 */
public final class EventCursors {

    private final LedgerDatabase database;
    private final String owner;
    private final Duration lease;
    private final Clock clock;
    /** The names whose routes run in this process. */
    private final Set<String> running = ConcurrentHashMap.newKeySet();

    /**
     * @param database open
     * @param owner the name under which this process claims
     * @param lease for how long no other instance reads, should this one die
     * @param clock for leases
     */
    public EventCursors(LedgerDatabase database, String owner, Duration lease, Clock clock) {
        this.database = database;
        this.owner = owner;
        this.lease = lease;
        this.clock = clock;
    }

    /**
     * The route of a name starts. A name that the ledger does not know gets a cursor.
     *
     * @param backfill whether a new cursor is before all events that the ledger has; otherwise it is behind them
     * @throws IllegalStateException if another running route has the same name
     */
    public void start(String name, boolean backfill) {
        if (!running.add(name)) {
            throw new IllegalStateException("export-events:" + name
                    + ": two routes have this name; give each export-events: route a name of its own");
        }
        try {
            create(name, backfill);
        } catch (RuntimeException e) {
            running.remove(name);
            throw e;
        }
    }

    /** The route of a name stops; its cursor stays. */
    public void stop(String name) {
        running.remove(name);
    }

    /** No other process can hold a claim on a ledger that is exclusive: the last one that ran has left it. */
    private void create(String name, boolean backfill) {
        database.jdbi().useTransaction(handle -> {
            handle.createUpdate(
                            """
                            INSERT INTO event_cursor (name, position) VALUES (:name, CASE WHEN :backfill = 1 THEN 0
                              ELSE coalesce((SELECT max(id) FROM event), 0) END)
                            ON CONFLICT DO NOTHING""")
                    .bind("name", name)
                    .bind("backfill", backfill ? 1 : 0)
                    .execute();
            if (database.isExclusive()) {
                handle.createUpdate("UPDATE event_cursor SET owner = NULL, lease_until = NULL WHERE name = :name")
                        .bind("name", name)
                        .execute();
            }
        });
    }

    /** Whether there are events behind the cursor of a name. One row of an index: asked all the time. */
    public boolean isBehind(String name) {
        return database.jdbi().withHandle(handle -> handle.createQuery(
                        """
                        SELECT 1 FROM event_cursor
                        WHERE name = :name AND position < (SELECT max(id) FROM event)""")
                .bind("name", name)
                .mapTo(Integer.class)
                .findOne()
                .isPresent());
    }

    /**
     * Claims the cursor of a name.
     *
     * @return the last event that has been handled; empty if another instance reads now
     */
    public OptionalLong claim(String name) {
        Instant now = clock.instant();
        return database.jdbi()
                .withHandle(handle -> handle.createQuery(
                                """
                                UPDATE event_cursor SET owner = :owner, lease_until = :until
                                WHERE name = :name AND (owner IS NULL OR owner = :owner OR lease_until <= :now)
                                RETURNING position""")
                        .bind("owner", owner)
                        .bind("until", now.plus(lease))
                        .bind("name", name)
                        .bind("now", now)
                        .mapTo(Long.class)
                        .findOne())
                .map(OptionalLong::of)
                .orElseGet(OptionalLong::empty);
    }

    /**
     * Moves the cursor, and renews the claim. Comes after the route has handled the events: what a crash before it repeats
     * is never lost. If the claim has ended meanwhile, the cursor moves all the same, since these events are handled.
     *
     * @return false if the claim has ended
     */
    public boolean advance(String name, long position) {
        boolean holds = database.jdbi().withHandle(handle -> handle.createUpdate(
                                """
                                UPDATE event_cursor SET position = :position, lease_until = :until
                                WHERE name = :name AND owner = :owner AND position <= :position""")
                        .bind("position", position)
                        .bind("until", clock.instant().plus(lease))
                        .bind("name", name)
                        .bind("owner", owner)
                        .execute())
                == 1;
        if (!holds) {
            database.jdbi().useHandle(handle -> handle.createUpdate(
                            "UPDATE event_cursor SET position = :position WHERE name = :name AND position < :position")
                    .bind("position", position)
                    .bind("name", name)
                    .execute());
        }
        return holds;
    }

    /** Ends the claim, so that another instance can read. */
    public void release(String name) {
        database.jdbi().useHandle(handle -> handle.createUpdate(
                        """
                                UPDATE event_cursor SET owner = NULL, lease_until = NULL
                                WHERE name = :name AND owner = :owner""")
                .bind("name", name)
                .bind("owner", owner)
                .execute());
    }

    /** The time by which events are recorded and claims end. */
    public Instant now() {
        return clock.instant();
    }
}
