package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/**
 * Creates the deliveries: every recorded file that a destination wants gets exactly one row for it, however often this
 * is repeated, by however many instances. So does a destination whose route is not there just now, until it is retired.
 * Thread-safe.
 */
public final class DeliveryCreator {

    /** Stands for "never" where an export has no expiry; sorts last on both databases. */
    static final Instant NEVER = Instant.parse("9999-12-31T00:00:00Z");

    private static final int BATCH = 500;

    private final LedgerDatabase database;
    private final Clock clock;
    /** The destination that had the last turn and has more to follow. */
    private volatile String lastInTurn = "";

    /**
     * @param database open
     * @param clock for creation and expiry
     */
    public DeliveryCreator(LedgerDatabase database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * Creates a delivery of each new file for each destination that wants it, in transactions that each take a fraction of
     * a second: one for each destination in turn, so that none waits behind the backlog of another.
     *
     * @param most transactions with more to follow, 1 or more; with many new files the next call continues
     * @return the destinations that had new files
     */
    public Set<String> createDeliveries(int most) {
        Queue<Target> turns = inTurn(withNewFiles());
        Set<String> names = turns.stream().map(Target::name).collect(Collectors.toSet());
        int left = most;
        while (left > 0 && !turns.isEmpty()) {
            Target target = turns.remove();
            if (createBatch(target) == BATCH) {
                turns.add(target);
                lastInTurn = target.name();
                left--;
            }
        }
        if (!names.isEmpty()) {
            TableStatistics.refresh(database);
        }
        return names;
    }

    /** Begins behind the destination with which the last call ended. */
    private Queue<Target> inTurn(List<Target> byName) {
        String last = lastInTurn;
        Map<Boolean, List<Target>> parts = byName.stream()
                .collect(Collectors.partitioningBy(target -> target.name().compareTo(last) > 0));
        Queue<Target> turns = new ArrayDeque<>(parts.get(true));
        turns.addAll(parts.get(false));
        return turns;
    }

    /**
     * Creates all of them.
     *
     * @return the destinations that had new files
     */
    public Set<String> createDeliveries() {
        return createDeliveries(Integer.MAX_VALUE);
    }

    private List<Target> withNewFiles() {
        return database.jdbi().withHandle(handle -> handle
                .createQuery(
                        """
                        SELECT name, name_pattern, needs_file, manifest_of FROM destination
                        WHERE retired_at IS NULL AND enrolled_until < (SELECT max(file_id) FROM export_file)""")
                .map((row, context) -> new Target(
                        row.getString("name"),
                        new NamePattern(row.getString("name_pattern")),
                        row.getBoolean("needs_file"),
                        row.getString("manifest_of")))
                .stream()
                .sorted(Comparator.comparing(Target::name))
                .toList());
    }

    private int createBatch(Target destination) {
        return database.jdbi().inTransaction(handle -> {
            Position position = position(handle, destination).orElse(null);
            if (position == null) {
                return 0;
            }
            List<NewFile> files = newFiles(handle, position);
            if (destination.manifestOf() == null) {
                insert(handle, destination, files);
            } else {
                insertManifests(handle, destination, files);
            }
            if (!files.isEmpty()) {
                advance(
                        handle,
                        destination,
                        position,
                        files.get(files.size() - 1).fileId());
            }
            return files.size();
        });
    }

    /** How far a destination is; empty where a route has asked for something else since, or it was retired. */
    private static Optional<Position> position(Handle handle, Target destination) {
        return handle.createQuery(
                        """
                        SELECT enrolled_until, backfill_until FROM destination
                        WHERE name = :name AND name_pattern = :pattern AND coalesce(manifest_of, '') = :of
                          AND retired_at IS NULL""")
                .bind("name", destination.name())
                .bind("pattern", destination.pattern().toString())
                .bind("of", destination.manifestOf() == null ? "" : destination.manifestOf())
                .map((row, context) -> new Position(row.getLong("enrolled_until"), row.getLong("backfill_until")))
                .findOne();
    }

    /**
     * A statement of its own: joined with the position, PostgreSQL reads all files there are. It waits for downloads that
     * are just being recorded, so that each delivery knows whether a spool has its file.
     */
    private List<NewFile> newFiles(Handle handle, Position position) {
        return handle.createQuery(
                        """
                        SELECT f.file_id, f.export_id, e.name, e.expires_at
                        FROM export_file f JOIN export e ON e.export_id = f.export_id
                        WHERE f.file_id > :after ORDER BY f.file_id LIMIT :batch%s"""
                                .formatted(database.dialect().lockFiles()))
                .bind("after", position.until())
                .bind("batch", BATCH)
                .map((row, context) -> new NewFile(
                        row.getLong("file_id"),
                        row.getString("export_id"),
                        row.getString("name"),
                        Sql.instant(row, "expires_at", context),
                        row.getLong("file_id") <= position.backfillUntil()))
                .list();
    }

    private void insert(Handle handle, Target destination, List<NewFile> files) {
        Instant now = clock.instant();
        PreparedBatch batch = handle.prepareBatch(
                """
                INSERT INTO delivery
                  (delivery_id, file_id, destination, needs_file, state, next_attempt_at, expires_at, created_at, spooled_by)
                VALUES (:id, :file, :destination, :needsFile, 'pending', :now, :expires, :now, %s) ON CONFLICT DO NOTHING"""
                        .formatted(SpooledFiles.spoolOf(":file")));
        files.stream().filter(file -> isWanted(file, destination, now)).forEach(file -> batch.bind(
                        "id", UUID.randomUUID().toString())
                .bind("file", file.fileId())
                .bind("destination", destination.name())
                .bind("needsFile", destination.needsFile())
                .bind("now", now)
                .bind("expires", file.expiresAt() == null ? NEVER : file.expiresAt())
                .add());
        batch.execute();
    }

    /**
     * Those of the past; the manifest of an export that is not complete yet follows with its last file. Waits for attempts
     * that are just being recorded by an instance which does not know the destination yet: the others see it.
     */
    private void insertManifests(Handle handle, Target destination, List<NewFile> files) {
        Instant now = clock.instant();
        List<String> exports = files.stream()
                .filter(file -> isWanted(file, destination, now))
                .map(NewFile::exportId)
                .distinct()
                .toList();
        String lock = database.dialect().lockRows();
        if (!lock.isEmpty()) {
            handle.createQuery(
                            """
                            SELECT d.delivery_id FROM export_file f JOIN delivery d ON d.file_id = f.file_id
                            WHERE f.export_id IN (<ids>) AND d.destination = :of ORDER BY d.file_id%s OF d"""
                                    .formatted(lock))
                    .bindList("ids", Sql.ids(exports))
                    .bind("of", destination.manifestOf())
                    .mapTo(String.class)
                    .list();
        }
        ManifestDeliveries.create(handle, destination.name(), destination.manifestOf(), exports, now);
    }

    private static boolean isWanted(NewFile file, Target destination, Instant now) {
        boolean gone = file.beforeDestination()
                && file.expiresAt() != null
                && !file.expiresAt().isAfter(now);
        return !gone && destination.pattern().matches(file.exportName());
    }

    /**
     * Leaves a position alone that was changed meanwhile: another instance is ahead, or the route has been edited to
     * want other names and the past is scanned again for those.
     */
    private static void advance(Handle handle, Target destination, Position before, long until) {
        handle.createUpdate(
                        """
                        UPDATE destination SET enrolled_until = :until
                        WHERE name = :name AND name_pattern = :pattern AND enrolled_until = :before
                          AND coalesce(manifest_of, '') = :of""")
                .bind("until", until)
                .bind("of", destination.manifestOf() == null ? "" : destination.manifestOf())
                .bind("name", destination.name())
                .bind("pattern", destination.pattern().toString())
                .bind("before", before.until())
                .execute();
    }

    private record Target(String name, NamePattern pattern, boolean needsFile, String manifestOf) {}

    private record Position(long until, long backfillUntil) {}

    private record NewFile(
            long fileId, String exportId, String exportName, Instant expiresAt, boolean beforeDestination) {}
}
