package org.exportrelay.ledger;

import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;
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

    /** That there is a destination of manifests. */
    static final String ANY = "manifest_of IS NOT NULL AND retired_at IS NULL";

    private static final String DONE = "('delivered', 'skipped')";

    /**
     * The deliveries that have just ended of whose export no file after theirs is missing: one row for each export and
     * destination. Deliveries are made in about the order of the files' ids, and an export's files have consecutive ones: while
     * the export is incomplete, one more file is read, however many it has.
     */
    private static final String CANDIDATES =
            """
            SELECT DISTINCT d.destination, f.export_id FROM delivery d JOIN export_file f ON f.file_id = d.file_id
            WHERE d.delivery_id IN (<ended>) AND coalesce((
              SELECT n.export_id FROM export_file n WHERE n.file_id > f.file_id AND (n.export_id <> f.export_id OR coalesce((
                SELECT m.state FROM delivery m WHERE m.file_id = n.file_id AND m.destination = d.destination), '') NOT IN %s)
              ORDER BY n.file_id LIMIT 1), '') <> f.export_id"""
                    .formatted(DONE);

    private ManifestDeliveries() {}

    /**
     * That each file of an export was delivered to a destination, except for those that its route has skipped. Reads all files
     * of an export that is complete.
     *
     * @param export SQL of its id
     * @param destination SQL of its name
     */
    static String complete(String export, String destination) {
        return """
               (SELECT 1 FROM export_file f WHERE f.export_id = %1$s AND NOT EXISTS (
                   SELECT 1 FROM delivery d WHERE d.file_id = f.file_id AND d.destination = %2$s
                     AND d.state IN %3$s)
                 ORDER BY f.safe_name DESC LIMIT 1) IS NULL
               AND (SELECT 1 FROM export_file f WHERE f.export_id = %1$s AND EXISTS (
                   SELECT 1 FROM delivery d WHERE d.file_id = f.file_id AND d.destination = %2$s AND d.state = 'delivered')
                 ORDER BY f.safe_name DESC LIMIT 1) = 1"""
                .formatted(export, destination, DONE);
    }

    /**
     * Creates the deliveries for those of some exports that are complete at a destination now, unless they are there.
     *
     * @param destination of the manifests
     * @param of the destination whose files they list
     */
    static void create(Handle handle, String destination, String of, Collection<String> exportIds, Instant now) {
        List<Manifest> manifests = handle.createQuery(
                        """
                        SELECT e.name, (SELECT max(f.file_id) FROM export_file f WHERE f.export_id = e.export_id) AS last_file
                        FROM export e WHERE e.export_id IN (<ids>) AND %s ORDER BY last_file"""
                                .formatted(complete("e.export_id", ":of")))
                .bindList("ids", Sql.ids(exportIds))
                .bind("of", of)
                .map((row, context) -> new Manifest(row.getLong("last_file"), destination, row.getString("name")))
                .list();
        insert(handle, manifests, now);
    }

    /**
     * Creates the deliveries for exports whose last file was delivered by some attempts that have just been recorded, none of
     * them of a manifest. A manifest that is in flight is marked: what it lists may not be what was delivered now, see
     * {@link #outdated}.
     *
     * @return those that had ended before: a file of their export has been delivered again, so they are to be made due again
     */
    static List<ReplayedDelivery> settle(Handle handle, Collection<EndedAttempt> ended, Instant now) {
        List<Target> targets = targets(handle);
        Set<String> listed = targets.stream().map(Target::of).collect(Collectors.toSet());
        List<EndedAttempt> done = ended.stream()
                .filter(attempt -> attempt.isDelivered() || attempt.outcome().state() == DeliveryState.SKIPPED)
                .filter(attempt -> listed.contains(attempt.destination()))
                .toList();
        if (done.isEmpty()) {
            return List.of();
        }
        lock(handle, done);
        List<Complete> complete = complete(handle, done);
        List<Manifest> manifests = targets.stream()
                .flatMap(target -> complete.stream()
                        .filter(export -> export.at().equals(target.of()))
                        .filter(export -> target.wants(export.name(), export.lastFile()))
                        .map(export -> new Manifest(export.lastFile(), target.name(), export.name())))
                .sorted(Comparator.comparing(Manifest::file).thenComparing(Manifest::destination))
                .toList();
        if (manifests.isEmpty()) {
            return List.of();
        }
        List<ReplayedDelivery> existing = existing(handle, manifests);
        Map<Boolean, List<ReplayedDelivery>> byInFlight = existing.stream()
                .collect(Collectors.partitioningBy(manifest -> manifest.state() == DeliveryState.IN_PROGRESS));
        markOutdated(handle, byInFlight.get(true));
        insert(handle, manifests, now);
        return byInFlight.get(false);
    }

    /** Those that are not retired. */
    static List<Target> targets(Handle handle) {
        return handle.createQuery("SELECT name, manifest_of, name_pattern, backfill, backfill_until FROM destination"
                        + " WHERE " + ANY + " ORDER BY name")
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
     * sees both. In the order of the ids, so that no two wait for each other; after the deliveries of files, before those of
     * manifests.
     */
    private static void lock(Handle handle, List<EndedAttempt> done) {
        String lock = Dialect.of(handle).lockRows();
        if (!lock.isEmpty()) {
            handle.createQuery("SELECT export_id FROM export WHERE export_id IN (<ids>) ORDER BY export_id" + lock)
                    .bindList(
                            "ids",
                            Sql.ids(done.stream()
                                    .map(attempt -> attempt.delivery().file().exportId())
                                    .collect(Collectors.toCollection(TreeSet::new))))
                    .mapTo(String.class)
                    .list();
        }
    }

    private static List<Complete> complete(Handle handle, List<EndedAttempt> done) {
        return handle.createQuery(
                        """
                        WITH candidate AS MATERIALIZED (%s)
                        SELECT candidate.destination,
                          (SELECT e.name FROM export e WHERE e.export_id = candidate.export_id) AS name,
                          (SELECT max(f.file_id) FROM export_file f WHERE f.export_id = candidate.export_id) AS last_file
                        FROM candidate WHERE %s"""
                                .formatted(CANDIDATES, complete("candidate.export_id", "candidate.destination")))
                .bindList(
                        "ended",
                        Sql.ids(done.stream().map(EndedAttempt::deliveryId).toList()))
                .map((row, context) ->
                        new Complete(row.getString("destination"), row.getString("name"), row.getLong("last_file")))
                .list();
    }

    /** In one statement for all destinations, so that there is one order in which they are locked. One that is due is sent later. */
    private static List<ReplayedDelivery> existing(Handle handle, List<Manifest> manifests) {
        String lock = Dialect.of(handle).lockRows();
        Set<Key> keys = manifests.stream().map(Manifest::key).collect(Collectors.toSet());
        return handle
                .createQuery(
                        """
                        SELECT %s FROM delivery d JOIN export_file f ON f.file_id = d.file_id
                        WHERE d.file_id IN (<files>) AND d.destination IN (<names>) AND d.state <> 'pending'
                        ORDER BY %s%s"""
                                .formatted(
                                        ReplayedDelivery.COLUMNS, Sql.LOCK_ORDER, lock.isEmpty() ? "" : lock + " OF d"))
                .bindList("files", Sql.fileIds(distinct(manifests, Manifest::file)))
                .bindList("names", Sql.ids(distinct(manifests, Manifest::destination)))
                .map(ReplayedDelivery::map)
                .stream()
                .filter(delivery -> keys.contains(new Key(delivery.fileId(), delivery.destination())))
                .toList();
    }

    private static <T> Set<T> distinct(List<Manifest> manifests, Function<Manifest, T> part) {
        return manifests.stream().map(part).collect(Collectors.toCollection(HashSet::new));
    }

    /** The end of its attempt finds another number than its claim did. */
    private static void markOutdated(Handle handle, List<ReplayedDelivery> inFlight) {
        if (!inFlight.isEmpty()) {
            handle.createUpdate("UPDATE delivery SET replays = replays + 1 WHERE delivery_id IN (<ids>)")
                    .bindList(
                            "ids",
                            Sql.ids(inFlight.stream()
                                    .map(ReplayedDelivery::deliveryId)
                                    .toList()))
                    .execute();
        }
    }

    /**
     * Those of some manifests whose attempts have just been recorded which may list what is no more at the destination: a file
     * was delivered again while they were in flight. They are to be made due again.
     */
    static List<ReplayedDelivery> outdated(Handle handle, Collection<EndedAttempt> manifests) {
        Map<String, Integer> claimed = manifests.stream()
                .collect(Collectors.toMap(
                        EndedAttempt::deliveryId, attempt -> attempt.delivery().replays()));
        return handle
                .createQuery(
                        """
                        SELECT %s FROM delivery d JOIN export_file f ON f.file_id = d.file_id
                        WHERE d.delivery_id IN (<ids>)"""
                                .formatted(ReplayedDelivery.COLUMNS))
                .bindList("ids", Sql.ids(claimed.keySet()))
                .map(ReplayedDelivery::map)
                .stream()
                .filter(manifest -> manifest.replays() != claimed.get(manifest.deliveryId()))
                .toList();
    }

    private static void insert(Handle handle, List<Manifest> manifests, Instant now) {
        PreparedBatch batch = handle.prepareBatch(
                """
                INSERT INTO delivery
                  (delivery_id, file_id, destination, needs_file, state, next_attempt_at, expires_at, created_at, manifest)
                VALUES (:id, :file, :destination, :needsFile, 'pending', :now, :never, :now, :manifest)
                ON CONFLICT DO NOTHING""");
        manifests.forEach(manifest -> batch.bind("id", UUID.randomUUID().toString())
                .bind("file", manifest.file())
                .bind("destination", manifest.destination())
                .bind("needsFile", false)
                .bind("now", now)
                .bind("never", DeliveryCreator.NEVER)
                .bind("manifest", FileName.ofManifest(manifest.exportName()))
                .add());
        batch.execute();
    }

    /** An export that is complete at a destination. */
    private record Complete(String at, String name, long lastFile) {}

    /** What a destination of manifests receives. */
    private record Manifest(long file, String destination, String exportName) {

        Key key() {
            return new Key(file, destination);
        }
    }

    private record Key(long file, String destination) {}

    /**
     * A destination of manifests.
     *
     * @param name its key
     * @param of the destination whose files they list
     * @param backfillUntil the newest file when its route was new
     */
    record Target(String name, String of, NamePattern pattern, boolean backfill, long backfillUntil) {

        /** Whether its route selects an export, whether or not it receives those of the past. */
        boolean selects(String exportName) {
            return pattern.matches(exportName);
        }

        boolean wants(String exportName, long lastFile) {
            return selects(exportName) && isNewEnough(lastFile);
        }

        boolean isNewEnough(long lastFile) {
            return backfill || lastFile > backfillUntil;
        }
    }
}
