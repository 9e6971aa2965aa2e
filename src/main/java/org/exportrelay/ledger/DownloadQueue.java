package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.DueExport;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailedDownload;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.VerifiedFile;
import org.exportrelay.ledger.database.GroupCommit;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/**
 * The downloading side of the ledger: which exports' files are waited for, and which this process
 * fetches. A file is fetched once for all destinations; an export is claimed whole, since its
 * record count covers all its files. Thread-safe.
 */
public final class DownloadQueue {

    /** Files that wait in this spool for a destination before others that share the ledger get the next. */
    private static final int AHEAD = 16;
    /** What ends so soon is fetched in any case: in the spool it is safe from expiry. */
    private static final Duration URGENT = Duration.ofDays(1);

    /** A look begins where the last one ended, but so often at what is nearest to its expiry. */
    private static final Duration FROM_THE_START = Duration.ofSeconds(1);

    private final Set<Long> fetching = ConcurrentHashMap.newKeySet();
    private final GroupCommit<Collection<VerifiedFile>, Boolean> arrivals = new GroupCommit<>(this::allReady);
    private final LedgerDatabase database;
    private final DestinationRegistry destinations;
    private final WaitingDeliveries waiting;
    private final String owner;
    private final Duration lease;
    private final Clock clock;
    private Due lookedUntil;
    private boolean foundNothing;
    private Instant nextFromTheStart = Instant.MIN;

    /**
     * @param database open
     * @param destinations those that run here, for whose deliveries files are fetched
     * @param owner this process
     * @param lease how long a hold lasts without renewal
     * @param clock for due times and leases
     */
    public DownloadQueue(
            LedgerDatabase database, DestinationRegistry destinations, String owner, Duration lease, Clock clock) {
        this.database = database;
        this.destinations = destinations;
        this.waiting = new WaitingDeliveries(destinations, clock);
        this.owner = owner;
        this.lease = lease;
        this.clock = clock;
    }

    /**
     * Claims exports with files that due deliveries wait for, nearest expiry first. What this process
     * is still fetching is left alone, although its lease may have ended while the process was paused.
     *
     * @param most exports, 1 or more
     * @param room whether an export's files can be fetched now; if not, neither it nor what comes after
     *     it is claimed, since that has more time left
     * @return the files of each that must be fetched; empty if nothing is due or there is no room
     */
    public synchronized List<DueExport> claim(int most, Predicate<List<ExportFile>> room) {
        Instant now = clock.instant();
        if (!now.isBefore(nextFromTheStart)) {
            lookedUntil = null;
            nextFromTheStart = now.plus(FROM_THE_START);
        }
        boolean idle = foundNothing && lookedUntil == null;
        if (idle && database.jdbi().withHandle(handle -> due(handle, 1)).isEmpty()) {
            // Most looks end here: an idle relay need not write.
            return List.of();
        }
        List<DueExport> claimed;
        boolean fromTheStart;
        do {
            fromTheStart = lookedUntil == null;
            claimed = database.jdbi().inTransaction(handle -> claim(handle, most, room));
        } while (claimed.isEmpty() && lookedUntil == null && !fromTheStart);
        claimed.forEach(export -> fetching.addAll(export.fileIds()));
        foundNothing = claimed.isEmpty();
        return claimed;
    }

    private List<DueExport> claim(Handle handle, int most, Predicate<List<ExportFile>> room) {
        List<Due> due = due(handle, most);
        if (due.isEmpty()) {
            lookedUntil = null;
            return List.of();
        }
        Map<String, DueExport> exports = claimFiles(handle, due);
        List<DueExport> claimed = new ArrayList<>();
        for (Due next : due) {
            DueExport export = exports.get(next.exportId());
            if (export != null && !room.test(export.files())) {
                break;
            }
            if (export != null) {
                claimed.add(exports.remove(next.exportId()));
            }
            lookedUntil = next;
        }
        if (!exports.isEmpty()) {
            SpooledFiles.free(
                    handle,
                    owner,
                    exports.values().stream()
                            .flatMap(export -> export.fileIds().stream())
                            .toList());
        }
        return claimed;
    }

    /** Exports with due files, nearest expiry first, one entry each. */
    private List<Due> due(Handle handle, int most) {
        List<String> supplied = supplied(handle);
        Map<String, Due> due = new LinkedHashMap<>();
        destinations.running().stream()
                .filter(Destination::needsFile)
                .map(Destination::name)
                // One by one, since an index gives the order within a destination only.
                .flatMap(name -> due(handle, name, supplied.contains(name), most).stream())
                .sorted(Comparator.comparing(Due::expiresAt).thenComparing(Due::fileId))
                .forEach(file -> due.putIfAbsent(file.exportId(), file));
        return due.values().stream().limit(most).toList();
    }

    private List<Due> due(Handle handle, String destination, boolean isSupplied, int most) {
        Instant now = clock.instant();
        return handle.createQuery(
                        """
                        SELECT f.export_id, d.expires_at, d.file_id
                        FROM delivery d JOIN export_file f ON f.file_id = d.file_id JOIN export e ON e.export_id = f.export_id
                        WHERE d.destination = :destination AND d.%s AND d.state <> 'in_progress' AND d.needs_file
                          AND (d.expires_at, d.file_id) > (:after, :afterFile)
                          AND d.next_attempt_at <= :now AND d.expires_at > :now AND d.expires_at <= :until
                          AND f.spool_state = 'none' AND f.file_id NOT IN (<fetching>)
                        ORDER BY d.expires_at, d.file_id LIMIT :most%s"""
                                .formatted(Sql.OPEN, database.dialect().skipLockedExports()))
                .bind("destination", destination)
                .bind("after", lookedUntil == null ? Instant.EPOCH : lookedUntil.expiresAt())
                .bind("afterFile", lookedUntil == null ? -1 : lookedUntil.fileId())
                .bind("now", now)
                .bind("until", isSupplied ? now.plus(URGENT) : DestinationRegistry.NEVER)
                .bindList("fetching", Sql.fileIds(fetching))
                .bind("most", most)
                .map((row, context) -> new Due(
                        row.getString("export_id"), Sql.instant(row, "expires_at", context), row.getLong("file_id")))
                .list();
    }

    /**
     * Destinations that have enough to deliver here for now. Whoever has a file in its spool delivers it,
     * and fetching is quicker than delivering: without this bound the first to look would take all. It
     * holds for each destination apart, so that one that hangs does not keep others' files away.
     */
    private List<String> supplied(Handle handle) {
        if (database.isExclusive()) {
            return List.of();
        }
        return handle.createQuery(
                        """
                        SELECT d.destination FROM export_file f JOIN delivery d ON d.file_id = f.file_id
                        WHERE f.spool_owner = :owner AND f.spool_state <> 'none'
                          AND d.needs_file AND d.%s AND d.state <> 'in_progress' AND d.next_attempt_at <= :now
                        GROUP BY d.destination HAVING count(*) >= :ahead"""
                                .formatted(Sql.OPEN))
                .bind("owner", owner)
                .bind("now", clock.instant())
                .bind("ahead", AHEAD)
                .mapTo(String.class)
                .list();
    }

    private Map<String, DueExport> claimFiles(Handle handle, List<Due> due) {
        List<String> exports = Sql.ids(due.stream().map(Due::exportId).toList());
        // Files that are delivered already stay away, unless their records were never counted.
        Set<Long> claimed = handle.createQuery(
                        "UPDATE export_file SET spool_state = 'downloading', spool_owner = :owner,"
                                + " spool_until = :until WHERE export_id IN (<exports>) AND spool_state = 'none'"
                                + " AND file_id NOT IN (<fetching>)"
                                + " AND (records IS NULL OR " + SpooledFiles.WAITED_FOR + ") RETURNING file_id")
                .bind("owner", owner)
                .bind("until", clock.instant().plus(lease))
                .bindList("exports", exports)
                .bindList("fetching", Sql.fileIds(fetching))
                .mapTo(Long.class)
                .set();
        if (claimed.isEmpty()) {
            return Map.of();
        }
        Map<String, List<ExportFile>> files = handle
                .createQuery("SELECT " + ExportFileMapper.COLUMNS
                        + " FROM export_file f JOIN export e ON e.export_id = f.export_id"
                        + " WHERE f.export_id IN (<exports>) ORDER BY f.file_id")
                .bindList("exports", exports)
                .map(new ExportFileMapper())
                .stream()
                .collect(Collectors.groupingBy(ExportFile::exportId));
        Map<String, DueExport> whole = new HashMap<>();
        files.forEach((export, all) -> {
            Map<Boolean, List<ExportFile>> parts =
                    all.stream().collect(Collectors.partitioningBy(file -> claimed.contains(file.fileId())));
            if (!parts.get(true).isEmpty()) {
                whole.put(export, new DueExport(parts.get(true), records(parts.get(false))));
            }
        });
        return whole;
    }

    private static Long records(List<ExportFile> files) {
        return files.stream().anyMatch(file -> file.records() == null)
                ? null
                : files.stream().mapToLong(ExportFile::records).sum();
    }

    /** The spool has these verified files of one export: every delivery that waits for them is due. */
    public void ready(Collection<VerifiedFile> files) {
        arrivals.commit(files);
        files.forEach(file -> fetching.remove(file.fileId()));
    }

    private List<Boolean> allReady(List<Collection<VerifiedFile>> exports) {
        return database.jdbi().inTransaction(handle -> {
            PreparedBatch batch = handle.prepareBatch(
                    """
                    UPDATE export_file SET spool_state = 'ready', sha256 = :sha256, records = :records
                    WHERE file_id = :file AND spool_owner = :owner""");
            exports.stream().flatMap(Collection::stream).forEach(file -> batch.bind("sha256", file.sha256())
                    .bind("records", file.records())
                    .bind("file", file.fileId())
                    .bind("owner", owner)
                    .add());
            batch.execute();
            return Collections.nCopies(exports.size(), true);
        });
    }

    /**
     * A download failed: an attempt of every delivery that waits for it, in every destination.
     *
     * @return what became of each of them
     */
    public List<FailedDownload> failed(List<ExportFile> files, FailureAction remedy, String error) {
        List<Long> ids = files.stream().map(ExportFile::fileId).toList();
        List<FailedDownload> failed = database.jdbi().inTransaction(handle -> {
            // What another instance has taken over is for that one to fetch, and to fail.
            List<Long> held = SpooledFiles.free(handle, owner, ids);
            return files.stream()
                    .filter(file -> held.contains(file.fileId()))
                    .flatMap(file -> waiting.failed(handle, file, remedy, error).stream())
                    .toList();
        });
        ids.forEach(fetching::remove);
        return failed;
    }

    /** Gives files up that this process holds: they are fetched again if anyone waits for them. */
    public void release(Collection<Long> fileIds) {
        database.jdbi().useHandle(handle -> SpooledFiles.free(handle, owner, fileIds));
        fileIds.forEach(fetching::remove);
    }

    /** Renews the leases of what this process's spool has and of what it is fetching. */
    public void renewLeases() {
        // As with deliveries: a row that is just being changed is not waited for.
        database.jdbi().useHandle(handle -> handle.createUpdate(
                        """
                        UPDATE export_file SET spool_until = :until WHERE file_id IN (
                          SELECT file_id FROM export_file WHERE spool_owner = :owner AND spool_state <> 'none'
                            AND (spool_state = 'ready' OR file_id IN (<fetching>))%s)"""
                                .formatted(database.dialect().skipLocked()))
                .bind("until", clock.instant().plus(lease))
                .bind("owner", owner)
                .bindList("fetching", Sql.fileIds(fetching))
                .execute());
    }

    /** Frees what other instances held when their lease ended, or this one lost track of. */
    public int releaseEndedLeases() {
        return database.jdbi().withHandle(handle -> handle.createUpdate(SpooledFiles.FREE
                        + " WHERE spool_state <> 'none' AND spool_until <= :now AND file_id NOT IN (<fetching>)")
                .bind("now", clock.instant())
                .bindList("fetching", Sql.fileIds(fetching))
                .execute());
    }

    private record Due(String exportId, Instant expiresAt, long fileId) {}
}
