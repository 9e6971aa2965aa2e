package org.exportrelay.ledger;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.FileName;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.ledger.database.Dialect;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/**
 * The deliveries of manifests: one for each export, which is created when the last file of the export has been delivered to
 * the destination that the manifest is of, in the transaction that records this. It has the export's last file in the
 * ledger, and never expires.
 */
final class ManifestDeliveries {

    /**
     * Of an export {@code e}, that each of its files was delivered to the destination {@code :of}, except for those that its
     * route has skipped. Backwards, since files are delivered in about the order of their names: while one is missing, few
     * are read.
     */
    static final String COMPLETE =
            """
            (SELECT 1 FROM export_file f WHERE f.export_id = e.export_id AND NOT EXISTS (
                SELECT 1 FROM delivery d WHERE d.file_id = f.file_id AND d.destination = :of
                  AND d.state IN ('delivered', 'skipped'))
              ORDER BY f.safe_name DESC LIMIT 1) IS NULL
            AND (SELECT 1 FROM export_file f WHERE f.export_id = e.export_id AND EXISTS (
                SELECT 1 FROM delivery d WHERE d.file_id = f.file_id AND d.destination = :of AND d.state = 'delivered')
              ORDER BY f.safe_name DESC LIMIT 1) = 1""";

    private ManifestDeliveries() {}

    /**
     * Creates the deliveries for those of some exports that are complete at a destination now, unless they are there.
     *
     * @param destination of the manifests
     * @param of the destination whose files they list
     */
    static void create(Handle handle, String destination, String of, Collection<String> exportIds, Instant now) {
        insert(handle, destination, complete(handle, of, exportIds), now);
    }

    /**
     * Creates the deliveries for exports whose last file was delivered by some attempts that have just been recorded.
     *
     * @return those that were there before: a file of their export has been delivered again, so they are to be made due
     *     again
     */
    static List<ReplayedDelivery> settle(Handle handle, Collection<EndedAttempt> ended, Instant now) {
        Map<String, Set<String>> exports = ended.stream()
                .filter(attempt -> attempt.isDelivered() || attempt.outcome().state() == DeliveryState.SKIPPED)
                .collect(Collectors.groupingBy(
                        EndedAttempt::destination,
                        Collectors.mapping(
                                attempt -> attempt.delivery().file().exportId(),
                                Collectors.toCollection(TreeSet::new))));
        if (exports.isEmpty()) {
            return List.of();
        }
        List<ReplayedDelivery> again = new ArrayList<>();
        List<Target> targets = targets(handle, exports.keySet());
        lock(
                handle,
                targets.stream()
                        .flatMap(target -> exports.get(target.of()).stream())
                        .collect(Collectors.toCollection(TreeSet::new)));
        for (Target target : targets) {
            List<Complete> complete = complete(handle, target.of(), exports.get(target.of())).stream()
                    .filter(target::wants)
                    .toList();
            again.addAll(existing(handle, target.name(), complete));
            insert(handle, target.name(), complete, now);
        }
        return again;
    }

    private static List<Target> targets(Handle handle, Collection<String> of) {
        return handle.createQuery(
                        """
                        SELECT name, manifest_of, name_pattern, backfill, backfill_until FROM destination
                        WHERE manifest_of IN (<of>) AND retired_at IS NULL ORDER BY name""")
                .bindList("of", Sql.ids(of))
                .map((row, context) -> new Target(
                        row.getString("name"),
                        row.getString("manifest_of"),
                        new NamePattern(row.getString("name_pattern")),
                        row.getBoolean("backfill"),
                        row.getLong("backfill_until")))
                .list();
    }

    /**
     * The last two files of an export may be delivered by two instances at the same time: the transaction that comes second
     * sees both. In the order of the ids, so that no two wait for each other.
     */
    private static void lock(Handle handle, Set<String> exportIds) {
        String lock = Dialect.of(handle).lockRows();
        if (!lock.isEmpty() && !exportIds.isEmpty()) {
            handle.createQuery("SELECT export_id FROM export WHERE export_id IN (<ids>) ORDER BY export_id" + lock)
                    .bindList("ids", Sql.ids(exportIds))
                    .mapTo(String.class)
                    .list();
        }
    }

    private static List<Complete> complete(Handle handle, String of, Collection<String> exportIds) {
        return handle.createQuery(
                        """
                        SELECT e.name, (SELECT max(f.file_id) FROM export_file f WHERE f.export_id = e.export_id) AS last_file
                        FROM export e WHERE e.export_id IN (<ids>) AND %s"""
                                .formatted(COMPLETE))
                .bindList("ids", Sql.ids(exportIds))
                .bind("of", of)
                .map((row, context) -> new Complete(row.getString("name"), row.getLong("last_file")))
                .list();
    }

    private static List<ReplayedDelivery> existing(Handle handle, String destination, List<Complete> exports) {
        String lock = Dialect.of(handle).lockRows();
        return handle.createQuery(
                        """
                        SELECT %s FROM delivery d JOIN export_file f ON f.file_id = d.file_id
                        WHERE d.file_id IN (<files>) AND d.destination = :destination
                          AND d.state NOT IN ('pending', 'in_progress') ORDER BY d.file_id%s"""
                                .formatted(ReplayedDelivery.COLUMNS, lock.isEmpty() ? "" : lock + " OF d"))
                .bindList(
                        "files",
                        Sql.fileIds(exports.stream().map(Complete::lastFile).toList()))
                .bind("destination", destination)
                .map(ReplayedDelivery::map)
                .list();
    }

    private static void insert(Handle handle, String destination, List<Complete> exports, Instant now) {
        PreparedBatch batch = handle.prepareBatch(
                """
                INSERT INTO delivery
                  (delivery_id, file_id, destination, needs_file, state, next_attempt_at, expires_at, created_at, manifest)
                VALUES (:id, :file, :destination, :needsFile, 'pending', :now, :never, :now, :manifest)
                ON CONFLICT DO NOTHING""");
        exports.forEach(export -> batch.bind("id", UUID.randomUUID().toString())
                .bind("file", export.lastFile())
                .bind("destination", destination)
                .bind("needsFile", false)
                .bind("now", now)
                .bind("never", DeliveryCreator.NEVER)
                .bind("manifest", FileName.ofManifest(export.name()))
                .add());
        batch.execute();
    }

    /** An export that is complete at a destination. */
    private record Complete(String name, long lastFile) {}

    /** A destination of manifests. */
    private record Target(String name, String of, NamePattern pattern, boolean backfill, long backfillUntil) {

        boolean wants(Complete export) {
            return pattern.matches(export.name()) && (backfill || export.lastFile() > backfillUntil);
        }
    }
}
