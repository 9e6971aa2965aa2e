package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.exportrelay.delivery.DeliveryFailure;
import org.exportrelay.delivery.DueExport;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailedAttempt;
import org.exportrelay.delivery.VerifiedFile;
import org.exportrelay.ledger.database.GroupCommit;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/**
 * The downloading side of the ledger: which instance downloads which files, and how that ends. A file is downloaded once
 * for all destinations; an export is claimed whole, since its record count covers all its files. The caller knows which
 * files this process is downloading. Thread-safe.
 */
public final class DownloadQueue {

    private final GroupCommit<Collection<VerifiedFile>, Set<String>> arrivals = new GroupCommit<>(this::recordReady);
    private final LedgerDatabase database;
    private final DestinationRegistry destinations;
    private final WaitingDeliveries waiting;
    private final SpoolLeases leases;
    private final String owner;
    private final Duration lease;
    private final Clock clock;
    private final Supplier<Instant> past;

    /**
     * @param database open
     * @param destinations those that run here: a failed download is an attempt of their deliveries
     * @param owner the name of this process's spool
     * @param lease how long a claim holds without renewal
     * @param clock for due times and leases
     * @param past an instant that has certainly passed, by the API's clock
     */
    public DownloadQueue(
            LedgerDatabase database,
            DestinationRegistry destinations,
            String owner,
            Duration lease,
            Clock clock,
            Supplier<Instant> past) {
        this.database = database;
        this.leases = new SpoolLeases(database.dialect(), owner, lease, clock);
        this.past = past;
        this.destinations = destinations;
        this.waiting = new WaitingDeliveries(destinations, clock);
        this.owner = owner;
        this.lease = lease;
        this.clock = clock;
    }

    /**
     * Claims some exports for this process.
     *
     * @param due as {@link DownloadScan} found them
     * @return those of which no other instance has claimed a file meanwhile
     */
    public List<DueExport> claim(List<DueExport> due) {
        return database.jdbi().inTransaction(handle -> {
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
    }

    private Set<Long> claimFiles(Handle handle, List<Long> files) {
        return Sql.chunks(files).stream()
                .flatMap(chunk -> claimChunk(handle, chunk).stream())
                .collect(Collectors.toSet());
    }

    private List<Long> claimChunk(Handle handle, List<Long> files) {
        return handle.createQuery(
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
                .list();
    }

    /**
     * The spool has these verified files of one export: every delivery that waits for them is due. In the order in which
     * deliveries are created, since both lock the files.
     */
    public void ready(Collection<VerifiedFile> files) {
        destinations.arrived(arrivals.commit(files));
    }

    /** Returns for each export the destinations that wait for any of them. */
    private List<Set<String>> recordReady(List<Collection<VerifiedFile>> exports) {
        return database.jdbi().inTransaction(handle -> {
            PreparedBatch batch = handle.prepareBatch(
                    """
                    UPDATE export_file SET spool_state = 'ready', sha256 = :sha256, records = :records
                    WHERE file_id = :file AND spool_owner = :owner""");
            List<VerifiedFile> files = exports.stream()
                    .flatMap(Collection::stream)
                    .sorted(Comparator.comparing(VerifiedFile::fileId))
                    .toList();
            files.forEach(file -> batch.bind("sha256", file.sha256())
                    .bind("records", file.records())
                    .bind("file", file.fileId())
                    .bind("owner", owner)
                    .add());
            batch.execute();
            List<Long> ids = files.stream().map(VerifiedFile::fileId).toList();
            return Collections.nCopies(exports.size(), SpooledDeliveries.mark(handle, owner, ids));
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
            return waiting.failed(
                    handle,
                    files.stream().filter(file -> held.contains(file.fileId())).toList(),
                    failure);
        });
    }

    /** Releases files that this process holds: they are downloaded again if a delivery waits for them. */
    public void release(Collection<Long> fileIds) {
        database.jdbi().useHandle(handle -> SpooledFiles.free(handle, owner, fileIds));
    }

    /**
     * Frees a file that turned out to be missing from the spool.
     *
     * @return false if this process does not have it any more, or is downloading it again already
     */
    public boolean lost(long fileId) {
        return database.jdbi().inTransaction(handle -> !SpooledFiles.free(
                        handle,
                        " AND file_id = :file AND spool_owner = :owner AND spool_state = 'ready'",
                        query -> query.bind("file", fileId).bind("owner", owner))
                .isEmpty());
    }

    /** Renews the lease of this process's spool, and those of what it is downloading. */
    public void renewLeases(Set<Long> downloading) {
        database.leases().useHandle(handle -> leases.renew(handle, downloading));
    }

    /**
     * Frees what other instances held when their lease ended, and downloads that this one lost track of. What it has
     * itself is its own even if the lease was not renewed in time, as after a suspended host. A file that can no longer
     * be downloaded stays where it is until the spool that has it is gone: its instance may come back.
     */
    public int releaseEndedLeases(Set<Long> downloading) {
        return database.jdbi().inTransaction(handle -> leases.releaseEnded(handle, downloading, past.get()));
    }
}
