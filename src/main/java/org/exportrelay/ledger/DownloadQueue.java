package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.exportrelay.delivery.DeliveryFailure;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.DueExport;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailedAttempt;
import org.exportrelay.delivery.VerifiedFile;
import org.exportrelay.ledger.database.GroupCommit;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/**
 * The downloading side of the ledger: for which exports' files deliveries wait, and which instance downloads them. A
 * file is downloaded once for all destinations; an export is claimed whole, since its record count covers all its
 * files. The files that this process is downloading are the caller's to know and to pass in. Thread-safe.
 */
public final class DownloadQueue {

    /** Files that wait in this spool for a destination before others that share the ledger get the next. */
    private static final int AHEAD = 16;
    /** A file that expires so soon is downloaded in any case: in the spool it is safe. */
    private static final Duration URGENT = Duration.ofDays(1);
    /** A scan continues where the last one ended; this often it starts again at the nearest expiry. */
    private static final Duration FROM_THE_START = Duration.ofSeconds(1);

    private final GroupCommit<Collection<VerifiedFile>, Boolean> arrivals = new GroupCommit<>(this::recordReady);
    private final LedgerDatabase database;
    private final DestinationRegistry destinations;
    private final WaitingDeliveries waiting;
    private final String owner;
    private final Duration lease;
    private final Clock clock;
    private Position scannedUntil = Position.START;
    private Instant nextFromTheStart = Instant.MIN;

    /**
     * @param database open
     * @param destinations those that run here, for whose deliveries files are downloaded
     * @param owner this process
     * @param lease how long a claim holds without renewal
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
     * Exports with files that due deliveries wait for, nearest expiry first. Reads only: an idle relay writes nothing.
     *
     * @param most exports, 1 or more
     * @param downloading files that this process has claimed: left out although their lease may have ended while the
     *     process was paused
     */
    public synchronized List<DueExport> due(int most, Set<Long> downloading) {
        Instant now = clock.instant();
        if (!now.isBefore(nextFromTheStart)) {
            scannedUntil = Position.START;
            nextFromTheStart = now.plus(FROM_THE_START);
        }
        return database.jdbi().withHandle(handle -> {
            List<String> due = dueIds(handle, most, downloading);
            if (due.isEmpty() && !scannedUntil.equals(Position.START)) {
                scannedUntil = Position.START;
                due = dueIds(handle, most, downloading);
            }
            return due.isEmpty() ? List.of() : exports(handle, due, downloading);
        });
    }

    private List<String> dueIds(Handle handle, int most, Set<Long> downloading) {
        List<String> supplied = supplied(handle);
        Map<String, Due> due = new LinkedHashMap<>();
        destinations.running().stream()
                .filter(Destination::needsFile)
                .map(Destination::name)
                // One by one, since an index gives the order within a destination only.
                .flatMap(name -> due(handle, name, supplied.contains(name), most, downloading).stream())
                .sorted(Comparator.comparing(Due::position))
                .forEach(file -> due.putIfAbsent(file.exportId(), file));
        return due.keySet().stream().limit(most).toList();
    }

    private List<Due> due(Handle handle, String destination, boolean isSupplied, int most, Set<Long> downloading) {
        Instant now = clock.instant();
        return handle.createQuery(
                        """
                        SELECT f.export_id, d.expires_at, d.file_id
                        FROM delivery d JOIN export_file f ON f.file_id = d.file_id
                        WHERE d.destination = :destination AND d.%s AND d.state <> 'in_progress' AND d.needs_file
                          AND (d.expires_at, d.file_id) > (:after, :afterFile)
                          AND d.next_attempt_at <= :now AND d.expires_at > :now AND d.expires_at <= :until
                          AND f.spool_state = 'none' AND f.file_id NOT IN (<downloading>)
                        ORDER BY d.expires_at, d.file_id LIMIT :most"""
                                .formatted(Sql.OPEN))
                .bind("destination", destination)
                .bind("after", scannedUntil.expiresAt())
                .bind("afterFile", scannedUntil.fileId())
                .bind("now", now)
                .bind("until", isSupplied ? now.plus(URGENT) : DeliveryCreator.NEVER)
                .bindList("downloading", Sql.fileIds(downloading))
                .bind("most", most)
                .map((row, context) -> new Due(
                        row.getString("export_id"),
                        new Position(Sql.instant(row, "expires_at", context), row.getLong("file_id"))))
                .list();
    }

    /**
     * Destinations that have enough to deliver here for now. The instance that has a file in its spool delivers it, and
     * a download is quicker than a delivery: without this bound the first instance would take all. It holds for each
     * destination apart, so that one that hangs does not keep away the files of others.
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

    /** In the order of the ids. Delivered files are left out, unless their records were never counted. */
    private static List<DueExport> exports(Handle handle, List<String> ids, Set<Long> downloading) {
        ExportFileMapper mapper = new ExportFileMapper();
        Map<String, List<Listed>> files = handle
                .createQuery(
                        "SELECT " + ExportFileMapper.COLUMNS + ", f.spool_state = 'none' AND (f.records IS NULL OR "
                                + SpooledFiles.waitedFor("f") + ") AS wanted"
                                + " FROM export_file f JOIN export e ON e.export_id = f.export_id"
                                + " WHERE f.export_id IN (<exports>) ORDER BY f.file_id")
                .bindList("exports", Sql.ids(ids))
                .map((row, context) -> new Listed(mapper.map(row, context), row.getBoolean("wanted")))
                .stream()
                .collect(Collectors.groupingBy(listed -> listed.file().exportId()));
        return ids.stream()
                .map(id -> export(files.getOrDefault(id, List.of()), downloading))
                .flatMap(Optional::stream)
                .toList();
    }

    private static Optional<DueExport> export(List<Listed> files, Set<Long> downloading) {
        Map<Boolean, List<ExportFile>> parts = files.stream()
                .collect(Collectors.partitioningBy(
                        listed -> listed.wanted()
                                && !downloading.contains(listed.file().fileId()),
                        Collectors.mapping(Listed::file, Collectors.toList())));
        return parts.get(true).isEmpty()
                ? Optional.empty()
                : Optional.of(new DueExport(parts.get(true), records(parts.get(false))));
    }

    private static Long records(List<ExportFile> files) {
        return files.stream().anyMatch(file -> file.records() == null)
                ? null
                : files.stream().mapToLong(ExportFile::records).sum();
    }

    /**
     * Claims some exports for this process; the next scan continues behind the last of them.
     *
     * @param due from {@link #due}, in its order, 1 or more
     * @return those of which no other instance has claimed a file meanwhile
     */
    public synchronized List<DueExport> claim(List<DueExport> due) {
        List<DueExport> claimed = database.jdbi().inTransaction(handle -> {
            Set<Long> files = claimFiles(
                    handle,
                    due.stream().flatMap(export -> export.fileIds().stream()).toList());
            List<DueExport> whole = due.stream()
                    .filter(export -> files.containsAll(export.fileIds()))
                    .toList();
            whole.forEach(export -> export.fileIds().forEach(files::remove));
            if (!files.isEmpty()) {
                SpooledFiles.free(handle, owner, files);
            }
            return whole;
        });
        scannedUntil = Position.behind(due.get(due.size() - 1));
        return claimed;
    }

    private Set<Long> claimFiles(Handle handle, List<Long> files) {
        return handle
                .createQuery(
                        """
                        UPDATE export_file SET spool_state = 'downloading', spool_owner = :owner, spool_until = :until
                        WHERE file_id IN (
                          SELECT file_id FROM export_file WHERE file_id IN (<files>) AND spool_state = 'none'%s)
                        RETURNING file_id"""
                                .formatted(database.dialect().skipLocked()))
                .bind("owner", owner)
                .bind("until", clock.instant().plus(lease))
                .bindList("files", Sql.fileIds(files))
                .mapTo(Long.class)
                .stream()
                .collect(Collectors.toSet());
    }

    /** The spool has these verified files of one export: every delivery that waits for them is due. */
    public void ready(Collection<VerifiedFile> files) {
        arrivals.commit(files);
    }

    private List<Boolean> recordReady(List<Collection<VerifiedFile>> exports) {
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
     * A download failed: a failed attempt of every delivery that waits for it, in every destination.
     *
     * @return those attempts
     */
    public List<FailedAttempt> failed(List<ExportFile> files, DeliveryFailure failure) {
        List<Long> ids = files.stream().map(ExportFile::fileId).toList();
        return database.jdbi().inTransaction(handle -> {
            // Another instance that has taken over a file downloads it, and records its failure.
            List<Long> held = SpooledFiles.free(handle, owner, ids);
            List<FailedAttempt> failed = new ArrayList<>();
            files.stream()
                    .filter(file -> held.contains(file.fileId()))
                    .forEach(file -> failed.addAll(waiting.failed(handle, file, failure)));
            return failed;
        });
    }

    /** Releases files that this process holds: they are downloaded again if a delivery waits for them. */
    public void release(Collection<Long> fileIds) {
        database.jdbi().useHandle(handle -> SpooledFiles.free(handle, owner, fileIds));
    }

    /** Renews the leases of what this process's spool has and of what it is downloading. */
    public void renewLeases(Set<Long> downloading) {
        // As with deliveries: a row that is just being changed is skipped.
        database.jdbi().useHandle(handle -> handle.createUpdate(
                        """
                        UPDATE export_file SET spool_until = :until WHERE file_id IN (
                          SELECT file_id FROM export_file WHERE spool_owner = :owner AND spool_state <> 'none'
                            AND (spool_state = 'ready' OR file_id IN (<downloading>))%s)"""
                                .formatted(database.dialect().skipLocked()))
                .bind("until", clock.instant().plus(lease))
                .bind("owner", owner)
                .bindList("downloading", Sql.fileIds(downloading))
                .execute());
    }

    /** Frees what other instances held when their lease ended, or this one lost track of. */
    public int releaseEndedLeases(Set<Long> downloading) {
        return database.jdbi().withHandle(handle -> handle.createUpdate(SpooledFiles.FREE
                        + " WHERE spool_state <> 'none' AND spool_until <= :now AND file_id NOT IN (<downloading>)")
                .bind("now", clock.instant())
                .bindList("downloading", Sql.fileIds(downloading))
                .execute());
    }

    private record Listed(ExportFile file, boolean wanted) {}

    private record Due(String exportId, Position position) {}

    /** In the order in which a scan meets due files. */
    private record Position(Instant expiresAt, long fileId) implements Comparable<Position> {

        static final Position START = new Position(Instant.EPOCH, -1);

        private static final Comparator<Position> ORDER =
                Comparator.comparing(Position::expiresAt).thenComparing(Position::fileId);

        /** Behind all files of an export, whose ids are in a row. */
        static Position behind(DueExport export) {
            ExportFile last = export.files().get(export.files().size() - 1);
            return new Position(last.expiresAt() == null ? DeliveryCreator.NEVER : last.expiresAt(), last.fileId());
        }

        @Override
        public int compareTo(Position other) {
            return ORDER.compare(this, other);
        }
    }
}
