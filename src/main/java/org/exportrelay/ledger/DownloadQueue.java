package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

/**
 * The downloading side of the ledger: which exports' files are waited for, and which this process's
 * spool has. A file is fetched once for all destinations; an export is claimed whole, since its
 * record count covers all its files. Thread-safe.
 */
public final class DownloadQueue {

    private static final String FREE =
            "UPDATE export_file SET spool_state = 'none', spool_owner = NULL, spool_until = NULL";
    private static final String WAITED_FOR =
            "EXISTS (SELECT 1 FROM delivery d WHERE d.file_id = export_file.file_id AND d." + Sql.OPEN
                    + " AND d.needs_file)";
    private static final String DONE =
            " WHERE spool_owner = :owner AND spool_state <> 'none' AND spool_state = 'ready' AND NOT"
                    + " EXISTS (SELECT 1 FROM delivery d WHERE d.file_id = export_file.file_id AND d." + Sql.OPEN
                    + " AND d.needs_file AND d.destination IN (<coming>))";

    /** An empty list is no SQL, and no destination has an empty name. */
    private static final List<String> NONE = List.of("");
    /** Files that wait in this spool for a destination before others that share the ledger get the next. */
    private static final int AHEAD = 16;
    /** What ends so soon is fetched in any case: in the spool it is safe from expiry. */
    private static final Duration URGENT = Duration.ofDays(1);

    private final Set<Long> fetching = ConcurrentHashMap.newKeySet();
    private final LedgerDatabase database;
    private final Destinations destinations;
    private final String owner;
    private final Duration lease;
    private final Clock clock;

    /**
     * @param database open
     * @param destinations those that run here, for whose deliveries files are fetched
     * @param owner this process
     * @param lease how long a hold lasts without renewal
     * @param clock for due times and leases
     */
    public DownloadQueue(
            LedgerDatabase database, Destinations destinations, String owner, Duration lease, Clock clock) {
        this.database = database;
        this.destinations = destinations;
        this.owner = owner;
        this.lease = lease;
        this.clock = clock;
    }

    /**
     * Claims an export with files that due deliveries wait for, nearest expiry first. What this process
     * is still fetching is left alone, although its lease may have ended while the process was paused.
     *
     * @param room whether the files can be fetched now; if not, nothing is claimed, since whatever
     *     comes after them has more time left
     * @return its files that must be fetched; empty if nothing is due or there is no room
     */
    public List<ExportFile> claim(Predicate<List<ExportFile>> room) {
        List<String> waiting = fileDestinations();
        if (waiting.isEmpty()) {
            return List.of();
        }
        List<ExportFile> claimed = database.jdbi().inTransaction(handle -> {
            Optional<String> export = nextExport(handle, waiting, supplied(handle));
            List<ExportFile> files = export.isPresent() ? claimFiles(handle, export.get()) : List.of();
            if (!files.isEmpty() && !room.test(files)) {
                handle.rollback();
                return List.of();
            }
            return files;
        });
        claimed.forEach(file -> fetching.add(file.fileId()));
        return claimed;
    }

    /**
     * Destinations that have enough to deliver here for now. Whoever has a file in its spool delivers it,
     * and fetching is quicker than delivering: without this bound the first to look would take all. It
     * holds for each destination apart, so that one that hangs does not keep others' files away.
     */
    private List<String> supplied(Handle handle) {
        if (database.isExclusive()) {
            return NONE;
        }
        List<String> names = handle.createQuery(
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
        return names.isEmpty() ? NONE : names;
    }

    private Optional<String> nextExport(Handle handle, List<String> waiting, List<String> supplied) {
        return handle.createQuery(
                        """
                        SELECT f.export_id FROM delivery d JOIN export_file f ON f.file_id = d.file_id
                        WHERE d.destination IN (<waiting>) AND d.%s AND d.state <> 'in_progress'
                          AND d.next_attempt_at <= :now AND d.expires_at > :now AND f.spool_state = 'none'
                          AND f.file_id NOT IN (<fetching>)
                          AND (d.destination NOT IN (<supplied>) OR d.expires_at <= :urgent)
                        ORDER BY d.expires_at, d.file_id LIMIT 1"""
                                .formatted(Sql.OPEN))
                .bindList("waiting", waiting)
                .bindList("fetching", fetching())
                .bindList("supplied", supplied)
                .bind("urgent", clock.instant().plus(URGENT))
                .bind("now", clock.instant())
                .mapTo(String.class)
                .findOne();
    }

    private List<ExportFile> claimFiles(Handle handle, String exportId) {
        // Files that are delivered already stay away, unless their records were never counted.
        List<Long> claimed = handle.createQuery(
                        "UPDATE export_file SET spool_state = 'downloading', spool_owner = :owner,"
                                + " spool_until = :until WHERE export_id = :export AND spool_state = 'none'"
                                + " AND file_id NOT IN (<fetching>)"
                                + " AND (records IS NULL OR " + WAITED_FOR + ") RETURNING file_id")
                .bind("owner", owner)
                .bind("until", clock.instant().plus(lease))
                .bind("export", exportId)
                .bindList("fetching", fetching())
                .mapTo(Long.class)
                .list();
        return claimed.isEmpty() ? List.of() : files(handle, claimed);
    }

    private static List<ExportFile> files(Handle handle, Collection<Long> fileIds) {
        return handle.createQuery("SELECT " + ExportFileMapper.COLUMNS
                        + " FROM export_file f JOIN export e ON e.export_id = f.export_id"
                        + " WHERE f.file_id IN (<files>) ORDER BY f.file_id")
                .bindList("files", List.copyOf(fileIds))
                .map(new ExportFileMapper())
                .list();
    }

    /** Records counted so far in files of an export other than some; null if one was never counted. */
    public Long recordsElsewhere(String exportId, Collection<Long> otherThan) {
        List<Long> counts = database.jdbi().withHandle(handle -> handle.createQuery(
                        "SELECT records FROM export_file WHERE export_id = :export AND file_id NOT IN (<files>)")
                .bind("export", exportId)
                .bindList("files", List.copyOf(otherThan))
                .map((row, context) -> row.getObject(1) == null ? null : row.getLong(1))
                .list());
        return counts.stream().anyMatch(Objects::isNull)
                ? null
                : counts.stream().mapToLong(Long::longValue).sum();
    }

    /** The spool has these verified files of one export: every delivery that waits for them is due. */
    public void ready(Collection<VerifiedFile> files) {
        database.jdbi()
                .useTransaction(handle -> files.forEach(file -> handle.createUpdate(
                                """
                        UPDATE export_file SET spool_state = 'ready', sha256 = :sha256, records = :records
                        WHERE file_id = :file AND spool_owner = :owner""")
                        .bind("sha256", file.sha256())
                        .bind("records", file.records())
                        .bind("file", file.fileId())
                        .bind("owner", owner)
                        .execute()));
        files.forEach(file -> fetching.remove(file.fileId()));
    }

    /**
     * A download failed: an attempt of every delivery that waits for it, in every destination.
     *
     * @return what became of each of them
     */
    public List<FailedWait> failed(List<ExportFile> files, Remedy remedy, String error) {
        List<Long> ids = files.stream().map(ExportFile::fileId).toList();
        List<FailedWait> failed = database.jdbi().inTransaction(handle -> {
            // What another instance has taken over is for that one to fetch, and to fail.
            List<Long> held = free(handle, ids);
            List<FailedWait> settled = new ArrayList<>();
            for (ExportFile file : files) {
                if (held.contains(file.fileId())) {
                    settled.addAll(fail(handle, file, remedy, Sql.shortened(error)));
                }
            }
            return settled;
        });
        ids.forEach(fetching::remove);
        return failed;
    }

    private List<FailedWait> fail(Handle handle, ExportFile file, Remedy remedy, String error) {
        Instant now = clock.instant();
        List<FailedWait> failed = new ArrayList<>();
        for (Destination destination : destinations.running()) {
            if (!destination.needsFile()) {
                continue;
            }
            handle.createQuery(
                            """
                            SELECT delivery_id, attempts FROM delivery WHERE file_id = :file AND destination = :destination
                              AND %s AND state <> 'in_progress' AND next_attempt_at <= :now"""
                                    .formatted(Sql.OPEN))
                    .bind("file", file.fileId())
                    .bind("destination", destination.name())
                    .bind("now", now)
                    .map((row, context) -> new Waiting(row.getString(1), row.getInt(2) + 1))
                    .list()
                    .forEach(waiting -> {
                        Settlement settlement = Settlement.of(remedy, waiting.attempt(), destination.retries());
                        settle(handle, waiting, settlement, error, now);
                        failed.add(new FailedWait(destination, file, waiting.attempt(), settlement));
                    });
        }
        return failed;
    }

    private static void settle(Handle handle, Waiting waiting, Settlement settlement, String error, Instant now) {
        boolean isFinal = settlement.state().isFinal();
        handle.createUpdate(
                        """
                        UPDATE delivery SET state = :state, attempts = :attempts, last_error = :error,
                          next_attempt_at = :next, finished_at = :finished
                        WHERE delivery_id = :id AND state <> 'in_progress'""")
                .bind("state", settlement.state().text())
                .bind("attempts", waiting.attempt() - settlement.uncounted())
                .bind("error", error)
                .bind("next", isFinal ? now : now.plus(settlement.delay()))
                .bindByType("finished", isFinal ? now : null, Instant.class)
                .bind("id", waiting.deliveryId())
                .execute();
    }

    /** Gives files up that this process holds: they are fetched again if anyone waits for them. */
    public void release(Collection<Long> fileIds) {
        database.jdbi().useHandle(handle -> free(handle, fileIds));
        fileIds.forEach(fetching::remove);
    }

    /** Those of some files that this process held until now. */
    private List<Long> free(Handle handle, Collection<Long> fileIds) {
        return handle.createQuery(FREE + " WHERE spool_owner = :owner AND file_id IN (<files>) RETURNING file_id")
                .bind("owner", owner)
                .bindList("files", List.copyOf(fileIds))
                .mapTo(Long.class)
                .list();
    }

    /**
     * Ends a file's stay in the spool if no delivery of a destination that runs here, or is just being
     * reloaded, waits for it any more. Others must not keep it: another instance fetches its own, and a
     * route that is gone never comes for it.
     *
     * @return whether it may be deleted now
     */
    public boolean releaseDone(long fileId) {
        return !releaseDone(handle -> handle.createQuery(FREE + DONE + " AND file_id = :file RETURNING file_id")
                        .bind("file", fileId))
                .isEmpty();
    }

    /**
     * Likewise for all files, as when deliveries ended without their route.
     *
     * @return those that may be deleted now
     */
    public List<Long> releaseDone() {
        return releaseDone(handle -> handle.createQuery(FREE + DONE + " RETURNING file_id"));
    }

    private List<Long> releaseDone(Function<Handle, Query> query) {
        return database.jdbi().withHandle(handle -> query.apply(handle)
                .bind("owner", owner)
                .bindList("coming", comingOrNone())
                .mapTo(Long.class)
                .list());
    }

    /**
     * Those of some files that no open delivery of a destination that runs here, or is just being
     * reloaded, waits for, and nobody fetches.
     */
    public List<Long> notWaitedFor(Collection<Long> fileIds) {
        if (fileIds.isEmpty()) {
            return List.of();
        }
        return database.jdbi().withHandle(handle -> handle.createQuery(
                        "SELECT file_id FROM export_file WHERE file_id IN (<files>) AND spool_state = 'none' AND NOT"
                                + " EXISTS (SELECT 1 FROM delivery d WHERE d.file_id = export_file.file_id AND d."
                                + Sql.OPEN + " AND d.needs_file AND d.destination IN (<coming>))")
                .bindList("files", List.copyOf(fileIds))
                .bindList("coming", comingOrNone())
                .mapTo(Long.class)
                .list());
    }

    /** Renews the leases of what this process's spool has and of what it is fetching. */
    public void renewLeases() {
        database.jdbi().useHandle(handle -> handle.createUpdate(
                        "UPDATE export_file SET spool_until = :until WHERE spool_owner = :owner"
                                + " AND spool_state <> 'none' AND (spool_state = 'ready' OR file_id IN (<fetching>))")
                .bind("until", clock.instant().plus(lease))
                .bind("owner", owner)
                .bindList("fetching", fetching())
                .execute());
    }

    /** Frees what other instances held when their lease ended, or this one lost track of. */
    public int releaseEndedLeases() {
        return database.jdbi().withHandle(handle -> handle.createUpdate(
                        FREE + " WHERE spool_state <> 'none' AND spool_until <= :now AND file_id NOT IN (<fetching>)")
                .bind("now", clock.instant())
                .bindList("fetching", fetching())
                .execute());
    }

    /** Never empty, since an empty list is no SQL; no file has the id -1. */
    private List<Long> fetching() {
        return fetching.isEmpty() ? List.of(-1L) : List.copyOf(fetching);
    }

    /**
     * Takes over what was held before. For the start of the only process on a ledger, which the data
     * directory's lock proves; where several share one, leases decide.
     *
     * @param inSpool the complete files that this process's spool has
     * @return those of them that are still waited for
     */
    public List<Long> takeOver(Collection<Long> inSpool) {
        List<Long> files = inSpool.isEmpty() ? List.of(-1L) : List.copyOf(inSpool);
        return database.jdbi().inTransaction(handle -> {
            handle.createUpdate(FREE
                            + " WHERE spool_state <> 'none' AND NOT (spool_state = 'ready' AND file_id IN (<files>) AND "
                            + WAITED_FOR + ")")
                    .bindList("files", files)
                    .execute();
            return handle.createQuery("UPDATE export_file SET spool_owner = :owner, spool_until = :until"
                            + " WHERE spool_state <> 'none' RETURNING file_id")
                    .bind("owner", owner)
                    .bind("until", clock.instant().plus(lease))
                    .mapTo(Long.class)
                    .list();
        });
    }

    private List<String> comingOrNone() {
        List<String> names = destinations.coming().stream()
                .filter(Destination::needsFile)
                .map(Destination::name)
                .toList();
        return names.isEmpty() ? NONE : names;
    }

    private List<String> fileDestinations() {
        return destinations.running().stream()
                .filter(Destination::needsFile)
                .map(Destination::name)
                .toList();
    }

    private record Waiting(String deliveryId, int attempt) {}

    /**
     * A delivery whose download failed.
     *
     * @param destination where to
     * @param file what
     * @param attempt this one
     * @param settlement what became of it
     */
    public record FailedWait(Destination destination, ExportFile file, int attempt, Settlement settlement) {}
}
