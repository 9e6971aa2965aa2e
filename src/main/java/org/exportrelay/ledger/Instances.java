package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import org.exportrelay.delivery.Destination;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.Handle;

/** The relay processes that use the ledger, and which destinations have a route in one of them. Thread-safe. */
public final class Instances {

    /** How often an instance reports that it is there. */
    public static final Duration PERIOD = Duration.ofMinutes(1);
    /** What has not been seen for so long is gone. */
    static final Duration GONE = PERIOD.multipliedBy(3);

    private static final Duration FORGOTTEN = Duration.ofDays(1);

    private final LedgerDatabase database;
    private final String id;
    private final String host;
    private final String version;
    private final Instant startedAt;
    private final Clock clock;

    /**
     * @param database open
     * @param id of this process
     * @param host on which it runs
     * @param version of the program
     * @param clock for when it was seen
     */
    public Instances(LedgerDatabase database, String id, String host, String version, Clock clock) {
        this.database = database;
        this.id = id;
        this.host = host;
        this.version = version;
        this.clock = clock;
        this.startedAt = clock.instant();
    }

    /** This process has started. */
    public void started() {
        append(EventKind.INSTANCE_STARTED, "Export Relay " + version + " started on " + host);
    }

    /** This process stops in an orderly way. */
    public void stopped() {
        append(EventKind.INSTANCE_STOPPED, "Export Relay " + version + " stopped on " + host);
    }

    private void append(EventKind kind, String message) {
        database.jdbi()
                .useHandle(handle -> EventLog.append(
                        handle,
                        Event.of(kind, clock.instant(), message)
                                .with(EventLog.json(Map.of("instance", id, "host", host, "version", version)))));
    }

    /**
     * This process is there.
     *
     * @param running the destinations whose routes it runs
     */
    public void report(Collection<Destination> running) {
        Instant now = clock.instant();
        database.jdbi().useTransaction(handle -> {
            handle.createUpdate(
                            """
                            INSERT INTO instance (instance_id, host, version, started_at, seen_at)
                            VALUES (:id, :host, :version, :started, :now)
                            ON CONFLICT (instance_id) DO UPDATE SET seen_at = :now""")
                    .bind("id", id)
                    .bind("host", host)
                    .bind("version", version)
                    .bind("started", startedAt)
                    .bind("now", now)
                    .execute();
            handle.createUpdate("DELETE FROM instance WHERE seen_at < :forgotten OR seen_at > :future")
                    .bind("forgotten", now.minus(FORGOTTEN))
                    // Left by a clock that was set back: it would hide all later reports.
                    .bind("future", now.plus(GONE))
                    .execute();
            running.stream().map(Destination::name).sorted().forEach(name -> handle.createUpdate(
                            "UPDATE destination SET seen_at = :now WHERE name = :name")
                    .bind("now", now)
                    .bind("name", name)
                    .execute());
        });
    }

    /** How much earlier than the latest report another instance may have reported its routes. */
    static Duration tolerance(LedgerDatabase database) {
        return database.isExclusive() ? Duration.ZERO : GONE;
    }

    /** When any instance was last seen; empty if none was since a day before the last. */
    static Optional<Instant> latest(Handle handle) {
        return handle.createQuery("SELECT max(seen_at) AS latest FROM instance")
                .map((row, context) -> Optional.ofNullable(Sql.instant(row, "latest", context)))
                .one();
    }
}
