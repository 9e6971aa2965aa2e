package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.exportrelay.delivery.Destination;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/**
 * The destinations whose routes run in this process, and what they are owed: every recorded file
 * that a destination wants gets exactly one delivery row for it, however often this is repeated, by
 * however many instances. Thread-safe.
 */
public final class DestinationRegistry {

    /** Stands for "never" where an export has no expiry; sorts last on both databases. */
    static final Instant NEVER = Instant.parse("9999-12-31T00:00:00Z");

    private static final int BATCH = 500;

    /** A route that is reloaded is back much sooner; its files must still be in the spool then. */
    private static final Duration ABSENCE = Duration.ofMinutes(1);

    /** Changed together under {@link #routes}, which nobody holds while waiting for the database. */
    private final Map<String, Destination> running = new ConcurrentHashMap<>();

    private final Map<String, Stopped> stopped = new HashMap<>();
    private final Object routes = new Object();
    private final LedgerDatabase database;
    private final Clock clock;

    /**
     * @param database open
     * @param clock for creation and expiry
     */
    public DestinationRegistry(LedgerDatabase database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * A destination's route starts. A new one starts with everything that can still be downloaded, or
     * with nothing if it wants no backfill; a known one goes on where it was.
     *
     * @throws IllegalStateException if another running route has the same destination
     */
    public synchronized void start(Destination destination) {
        if (running.containsKey(destination.name())) {
            throw new IllegalStateException("exports:" + destination.name()
                    + ": two routes deliver to this destination; give each exports: route a name of its own");
        }
        database.jdbi().useTransaction(handle -> {
            long newest = handle.createQuery("SELECT coalesce(max(file_id), 0) FROM export_file")
                    .mapTo(Long.class)
                    .one();
            long start = destination.backfill() ? 0 : newest;
            handle.createUpdate(
                            """
                            INSERT INTO destination
                              (name, name_pattern, backfill, first_started_at, backfill_until, enrolled_until)
                            VALUES (:name, :pattern, :backfill, :now, :newest, :start) ON CONFLICT DO NOTHING""")
                    .bind("name", destination.name())
                    .bind("pattern", destination.pattern().toString())
                    .bind("backfill", destination.backfill())
                    .bind("now", clock.instant())
                    .bind("newest", newest)
                    .bind("start", start)
                    .execute();
            // A route that now asks for other names looks through the past again. What it was owed, it is
            // still owed, even if that has expired since; what it newly asks for only if it can be had.
            handle.createUpdate(
                            """
                            UPDATE destination
                            SET backfill_until = CASE WHEN enrolled_until > backfill_until THEN enrolled_until ELSE backfill_until END,
                              enrolled_until = 0
                            WHERE name = :name AND :backfill AND (name_pattern <> :pattern OR backfill <> :backfill)""")
                    .bind("name", destination.name())
                    .bind("pattern", destination.pattern().toString())
                    .bind("backfill", destination.backfill())
                    .execute();
            handle.createUpdate(
                            "UPDATE destination SET name_pattern = :pattern, backfill = :backfill WHERE name = :name")
                    .bind("name", destination.name())
                    .bind("pattern", destination.pattern().toString())
                    .bind("backfill", destination.backfill())
                    .execute();
            handle.createUpdate("UPDATE delivery SET needs_file = :needsFile WHERE destination = :name AND " + Sql.OPEN
                            + " AND needs_file <> :needsFile")
                    .bind("needsFile", destination.needsFile())
                    .bind("name", destination.name())
                    .execute();
        });
        synchronized (routes) {
            running.put(destination.name(), destination);
            stopped.remove(destination.name());
        }
    }

    /** A destination's route stops; what it is owed waits in the ledger. */
    public void stop(String name) {
        synchronized (routes) {
            Destination destination = running.remove(name);
            if (destination != null) {
                stopped.put(name, new Stopped(destination, clock.instant()));
            }
        }
    }

    /** The destinations whose routes run here. */
    public Collection<Destination> running() {
        return List.copyOf(running.values());
    }

    /** Those, and the ones whose routes have stopped so recently that they may just be reloaded. */
    public Collection<Destination> coming() {
        Instant since = clock.instant().minus(ABSENCE);
        synchronized (routes) {
            stopped.values().removeIf(gone -> gone.at().isBefore(since));
            return Stream.concat(
                            running.values().stream(), stopped.values().stream().map(Stopped::destination))
                    .toList();
        }
    }

    /** A destination whose route runs here, or null. */
    public Destination running(String name) {
        return running.get(name);
    }

    /** Gives every running destination a delivery of each new file that it wants. */
    public void enrol() {
        running.values().forEach(this::enrol);
    }

    private void enrol(Destination destination) {
        while (hasNewFiles(destination) && enrolBatch(destination) == BATCH) {
            // The next batch.
        }
    }

    private boolean hasNewFiles(Destination destination) {
        return database.jdbi().withHandle(handle -> handle.createQuery(
                        """
                        SELECT 1 FROM destination
                        WHERE name = :name AND name_pattern = :pattern
                          AND enrolled_until < (SELECT max(file_id) FROM export_file)""")
                .bind("name", destination.name())
                .bind("pattern", destination.pattern().toString())
                .mapTo(Integer.class)
                .findOne()
                .isPresent());
    }

    /**
     * A mark that was moved meanwhile is left where it is: another instance has got further, or the route has
     * been edited to ask for other names, and the past is looked through for those.
     */
    private int enrolBatch(Destination destination) {
        return database.jdbi().inTransaction(handle -> {
            Instant now = clock.instant();
            Enrolled enrolled = enrolled(handle, destination).orElse(null);
            if (enrolled == null) {
                return 0;
            }
            List<NewFile> files = newFiles(handle, enrolled);
            PreparedBatch batch = handle.prepareBatch(
                    """
                    INSERT INTO delivery
                      (delivery_id, file_id, destination, needs_file, state, next_attempt_at, expires_at, created_at)
                    VALUES (:id, :file, :destination, :needsFile, 'pending', :now, :expires, :now) ON CONFLICT DO NOTHING""");
            files.stream().filter(file -> isWanted(file, destination, now)).forEach(file -> batch.bind(
                            "id", UUID.randomUUID().toString())
                    .bind("file", file.fileId())
                    .bind("destination", destination.name())
                    .bind("needsFile", destination.needsFile())
                    .bind("now", now)
                    .bind("expires", file.expiresAt() == null ? NEVER : file.expiresAt())
                    .add());
            batch.execute();
            if (!files.isEmpty()) {
                handle.createUpdate(
                                """
                                UPDATE destination SET enrolled_until = :until
                                WHERE name = :name AND name_pattern = :pattern AND enrolled_until = :before""")
                        .bind("until", files.get(files.size() - 1).fileId())
                        .bind("name", destination.name())
                        .bind("pattern", destination.pattern().toString())
                        .bind("before", enrolled.until())
                        .execute();
            }
            return files.size();
        });
    }

    /** How far a destination is; empty where another instance's route has asked for other names since. */
    private static Optional<Enrolled> enrolled(Handle handle, Destination destination) {
        return handle.createQuery(
                        """
                        SELECT enrolled_until, backfill_until FROM destination
                        WHERE name = :name AND name_pattern = :pattern""")
                .bind("name", destination.name())
                .bind("pattern", destination.pattern().toString())
                .map((row, context) -> new Enrolled(row.getLong("enrolled_until"), row.getLong("backfill_until")))
                .findOne();
    }

    /** In a statement of its own, since of its join with the mark PostgreSQL reads all files there are. */
    private static List<NewFile> newFiles(Handle handle, Enrolled enrolled) {
        return handle.createQuery(
                        """
                        SELECT f.file_id, e.name, e.expires_at
                        FROM export_file f JOIN export e ON e.export_id = f.export_id
                        WHERE f.file_id > :after ORDER BY f.file_id LIMIT :batch""")
                .bind("after", enrolled.until())
                .bind("batch", BATCH)
                .map((row, context) -> new NewFile(
                        row.getLong("file_id"),
                        row.getString("name"),
                        Sql.instant(row, "expires_at", context),
                        row.getLong("file_id") <= enrolled.backfillUntil()))
                .list();
    }

    private static boolean isWanted(NewFile file, Destination destination, Instant now) {
        boolean gone = file.beforeDestination()
                && file.expiresAt() != null
                && !file.expiresAt().isAfter(now);
        return !gone && destination.pattern().matches(file.exportName());
    }

    private record Stopped(Destination destination, Instant at) {}

    private record Enrolled(long until, long backfillUntil) {}

    private record NewFile(long fileId, String exportName, Instant expiresAt, boolean beforeDestination) {}
}
