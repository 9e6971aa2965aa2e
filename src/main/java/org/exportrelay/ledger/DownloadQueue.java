package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Update;

/**
 * The downloading side of the ledger: which exports' files are waited for, and which the spool has.
 * A file is fetched once for all destinations; an export is claimed whole, since its record count
 * covers all its files. Thread-safe.
 */
public final class DownloadQueue {

    private static final Duration POSTPONEMENT = Duration.ofSeconds(5);

    private final LedgerDatabase database;
    private final Destinations destinations;
    private final String owner;
    private final Clock clock;

    /**
     * @param database open
     * @param destinations those that run here, for whose deliveries files are fetched
     * @param owner the name under which this process claims
     * @param clock for due times
     */
    public DownloadQueue(LedgerDatabase database, Destinations destinations, String owner, Clock clock) {
        this.database = database;
        this.destinations = destinations;
        this.owner = owner;
        this.clock = clock;
    }

    /**
     * Claims an export with files that due deliveries wait for, nearest expiry first.
     *
     * @return its files that must be fetched; empty if nothing is due
     */
    public List<ExportFile> claim() {
        List<String> waiting = fileDestinations();
        if (waiting.isEmpty()) {
            return List.of();
        }
        return database.jdbi().inTransaction(handle -> {
            Optional<String> export = nextExport(handle, waiting);
            return export.isPresent() ? claimFiles(handle, export.get()) : List.of();
        });
    }

    private Optional<String> nextExport(Handle handle, List<String> waiting) {
        return handle.createQuery(
                        """
                        SELECT f.export_id FROM delivery d JOIN export_file f ON f.file_id = d.file_id
                        WHERE d.destination IN (<waiting>) AND d.state IN ('pending', 'retrying')
                          AND d.next_attempt_at <= :now AND d.expires_at > :now AND f.spool_state = 'none'
                        ORDER BY d.expires_at, d.file_id LIMIT 1""")
                .bindList("waiting", waiting)
                .bind("now", clock.instant())
                .mapTo(String.class)
                .findOne();
    }

    private List<ExportFile> claimFiles(Handle handle, String exportId) {
        // Files that are delivered already stay away, unless their records were never counted.
        List<Long> claimed = handle.createQuery(
                        """
                        UPDATE export_file SET spool_state = 'downloading', spool_owner = :owner
                        WHERE export_id = :export AND spool_state = 'none' AND (records IS NULL OR EXISTS (
                          SELECT 1 FROM delivery d WHERE d.file_id = export_file.file_id
                            AND d.state IN ('pending', 'retrying', 'in_progress')))
                        RETURNING file_id""")
                .bind("owner", owner)
                .bind("export", exportId)
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
    }

    /**
     * A download failed: an attempt of every delivery that waits for it, in every destination.
     *
     * @return what became of each of them
     */
    public List<Waiting> failed(List<ExportFile> files, Remedy remedy, String error) {
        List<Long> ids = files.stream().map(ExportFile::fileId).toList();
        Instant now = clock.instant();
        return database.jdbi().inTransaction(handle -> {
            handle.createUpdate(
                            """
                            UPDATE export_file SET spool_state = 'none', spool_owner = NULL
                            WHERE file_id IN (<files>) AND spool_owner = :owner""")
                    .bind("owner", owner)
                    .bindList("files", ids)
                    .execute();
            List<Waiting> settled = new ArrayList<>();
            for (Waiting waiting : waiting(handle, ids, now)) {
                settled.add(settle(handle, waiting, remedy, error, now));
            }
            return settled;
        });
    }

    private List<Waiting> waiting(Handle handle, List<Long> files, Instant now) {
        return handle.createQuery(
                        """
                        SELECT delivery_id, destination, attempts FROM delivery
                        WHERE file_id IN (<files>) AND destination IN (<waiting>)
                          AND state IN ('pending', 'retrying') AND next_attempt_at <= :now""")
                .bindList("files", files)
                .bindList("waiting", fileDestinations().isEmpty() ? List.of("") : fileDestinations())
                .bind("now", now)
                .map((row, context) -> new Waiting(row.getString(1), row.getString(2), row.getInt(3) + 1, null))
                .list();
    }

    private Waiting settle(Handle handle, Waiting waiting, Remedy remedy, String error, Instant now) {
        Destination destination = destinations.running(waiting.destination());
        if (destination == null) {
            return waiting;
        }
        Settlement settlement = Settlement.of(remedy, waiting.attempts(), destination.retries(), POSTPONEMENT);
        boolean again = settlement.state() == DeliveryState.RETRYING;
        Update update = handle.createUpdate(
                        """
                        UPDATE delivery SET state = :state, attempts = :attempts, last_error = :error,
                          next_attempt_at = :next, finished_at = CASE WHEN :again = 1 THEN finished_at ELSE :now END
                        WHERE delivery_id = :id AND state IN ('pending', 'retrying')""")
                .bind("state", settlement.state().text())
                .bind("attempts", waiting.attempts() - settlement.uncounted())
                .bind("error", error)
                .bind("next", again ? now.plus(settlement.delay()) : now)
                .bind("again", again ? 1 : 0)
                .bind("now", now)
                .bind("id", waiting.deliveryId());
        update.execute();
        return new Waiting(waiting.deliveryId(), waiting.destination(), waiting.attempts(), settlement);
    }

    /** The spool turned out not to have a file any more; it is fetched again. */
    public void missing(long fileId) {
        database.jdbi().useHandle(handle -> handle.createUpdate(
                        "UPDATE export_file SET spool_state = 'none', spool_owner = NULL WHERE file_id = :file")
                .bind("file", fileId)
                .execute());
    }

    /** Hands claimed files back, as when the relay stops. */
    public void release(List<ExportFile> files) {
        files.forEach(file -> missing(file.fileId()));
    }

    /**
     * Ends a file's stay in the spool if no delivery waits for it any more.
     *
     * @return whether it may be deleted now
     */
    public boolean releaseIfDone(long fileId) {
        return database.jdbi().withHandle(handle -> handle.createUpdate(
                                """
                        UPDATE export_file SET spool_state = 'none', spool_owner = NULL
                        WHERE file_id = :file AND spool_state = 'ready' AND spool_owner = :owner AND NOT EXISTS (
                          SELECT 1 FROM delivery d WHERE d.file_id = :file
                            AND d.state IN ('pending', 'retrying', 'in_progress'))""")
                        .bind("file", fileId)
                        .bind("owner", owner)
                        .execute())
                == 1;
    }

    /**
     * The files that this process's spool has according to the ledger. Downloads that a dead process
     * of the same name left unfinished become due again. Called once, at start.
     */
    public List<Long> takeOver() {
        return database.jdbi().inTransaction(handle -> {
            handle.createUpdate(
                            """
                            UPDATE export_file SET spool_state = 'none', spool_owner = NULL
                            WHERE spool_owner = :owner AND spool_state = 'downloading'""")
                    .bind("owner", owner)
                    .execute();
            return handle.createQuery(
                            "SELECT file_id FROM export_file WHERE spool_owner = :owner AND spool_state = 'ready'")
                    .bind("owner", owner)
                    .mapTo(Long.class)
                    .list();
        });
    }

    private List<String> fileDestinations() {
        return destinations.running().stream()
                .filter(Destination::needsFile)
                .map(Destination::name)
                .toList();
    }

    /**
     * A delivery that waited for a download.
     *
     * @param deliveryId whose
     * @param destination where to
     * @param attempts including this one
     * @param settlement what became of it; null before
     */
    public record Waiting(String deliveryId, String destination, int attempts, Settlement settlement) {}
}
