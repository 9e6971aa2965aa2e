package org.exportrelay.download;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.DiskFault;
import org.exportrelay.delivery.DueExport;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.FixedPool;
import org.exportrelay.delivery.VerifiedFile;
import org.exportrelay.ledger.DownloadQueue;
import org.exportrelay.ledger.DownloadScan;
import org.exportrelay.ledger.RetryUntilRecorded;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jboss.logging.Logger;

/**
 * Downloads the files that deliveries wait for, {@code relay.download.parallel} exports at a time, and releases them to
 * their destinations only when every file of their export is verified. Thread-safe.
 */
@Singleton
public class Downloads {

    private static final Logger LOG = Logger.getLogger(Downloads.class);
    private static final long STOP_SECONDS = 5;
    /** Exports claimed ahead for each parallel download, since a claim costs more than the download of a small file. */
    private static final int AHEAD = 8;

    private final CamelContext context;
    private final int parallel;
    private final int most;
    private final DownloadScan scan;
    private final DownloadQueue queue;
    private final Spool spool;
    private final SizeLimits limits;
    private final ExportDownload exportDownload;
    private final FileDownload fileDownload;
    private final OngoingCondition noRoom = new OngoingCondition();
    private final OngoingCondition noDisk = new OngoingCondition();

    private ExecutorService pool;
    /** Exports that are claimed and whose download has not ended. */
    private int pending;

    @Inject
    Downloads(
            CamelContext context,
            RelaySettings settings,
            LedgerDatabase database,
            DownloadScan scan,
            DownloadQueue queue,
            Spool spool,
            SizeLimits limits,
            ExportDownload exportDownload,
            FileDownload fileDownload) {
        this.context = context;
        this.parallel = settings.download().parallel();
        // Where instances share a ledger, each claims only what it downloads now.
        this.most = database.isExclusive() ? AHEAD * parallel : parallel;
        this.scan = scan;
        this.queue = queue;
        this.spool = spool;
        this.limits = limits;
        this.exportDownload = exportDownload;
        this.fileDownload = fileDownload;
    }

    /**
     * Takes over the files that the last process left in the spool; from now on {@link #schedule} starts downloads.
     *
     * @throws IOException if the spool cannot be used
     */
    public synchronized void start() throws IOException {
        spool.recover();
        pool = FixedPool.create(context, this, "download", parallel);
    }

    /** Starts as many due downloads as there is room for. Never waits for one. */
    public synchronized void schedule() {
        while (pool != null && pending < parallel) {
            List<DueExport> due = scan.due(most - pending, spool.claimed());
            if (due.isEmpty()) {
                if (noRoom.ends()) {
                    LOG.info("downloads no longer wait for room in the spool");
                }
                return;
            }
            List<DueExport> fitting = reserve(due);
            if (fitting.isEmpty()) {
                return;
            }
            List<DueExport> claimed = claim(fitting);
            claimed.forEach(this::start);
            // Nothing claimed: other instances are at the same exports just now.
            if (claimed.isEmpty() || fitting.size() < due.size()) {
                return;
            }
        }
    }

    private void start(DueExport export) {
        Download download = new Download(export);
        try {
            pool.execute(download);
            pending++;
        } catch (RejectedExecutionException | OutOfMemoryError noThread) {
            LOG.debug("no thread for a download now", noThread);
            download.cancel();
            spool.release(export.files());
        }
    }

    /** No later export overtakes one that waits for room: a large one might wait until it expires. */
    private List<DueExport> reserve(List<DueExport> due) {
        List<DueExport> fitting = new ArrayList<>();
        for (DueExport export : due) {
            // What can never fit is claimed as well, to be refused with its reason.
            if (!limits.allow(export.files())) {
                spool.claim(export.files());
            } else {
                Optional<String> full = spool.reserve(export.files());
                if (full.isPresent()) {
                    logNoRoom(export.files(), full.get());
                    return fitting;
                }
            }
            fitting.add(export);
        }
        return fitting;
    }

    /** Gives back the room of what another instance claimed first. */
    private List<DueExport> claim(List<DueExport> fitting) {
        List<DueExport> claimed = List.of();
        try {
            claimed = queue.claim(fitting);
            scan.continueBehind(fitting.get(fitting.size() - 1));
            return claimed;
        } finally {
            Set<String> ids =
                    Set.copyOf(claimed.stream().map(DueExport::exportId).toList());
            fitting.stream().filter(export -> !ids.contains(export.exportId())).forEach(lost -> {
                spool.suspend(lost.files());
                spool.release(lost.files());
            });
        }
    }

    private void logNoRoom(List<ExportFile> files, String reason) {
        if (noRoom.begins()) {
            LOG.warnf(
                    "downloads wait for room in the spool: %s needs %,d bytes, and %s; they resume automatically when"
                            + " files are delivered or disk space is freed",
                    files.get(0).uniqueName(), SizeLimits.sum(limits.of(files)), reason);
        }
    }

    /** Interrupts the running downloads; they are due again at the next start. */
    public void stop() {
        ExecutorService running;
        synchronized (this) {
            running = pool;
            pool = null;
        }
        if (running == null) {
            return;
        }
        running.shutdownNow().stream().map(Download.class::cast).forEach(Download::cancel);
        try {
            if (!running.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                LOG.debugf("downloads still running after %d s; the next start takes them over", STOP_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** The download of one claimed export, from its turn in the pool until the ledger has recorded how it ended. */
    private final class Download implements Runnable {

        private final DueExport export;

        Download(DueExport export) {
            this.export = export;
        }

        @Override
        public void run() {
            try {
                download();
            } finally {
                spool.release(export.files());
                ended();
            }
        }

        private void download() {
            try {
                List<VerifiedFile> verified = exportDownload.fetch(export);
                if (noDisk.ends()) {
                    LOG.info("the spool can be written again; downloads resume");
                }
                record(() -> queue.ready(verified));
            } catch (DeliveryException e) {
                failed(e);
            } catch (Throwable e) {
                // An Error too must not leave the files claimed.
                failed(classified(e));
            }
        }

        private void failed(DeliveryException failure) {
            boolean stopping = Thread.currentThread().isInterrupted();
            boolean resumable = failure.action() == FailureAction.RETRY || failure.action() == FailureAction.POSTPONE;
            if (resumable && !stopping && DiskFault.in(failure).isEmpty()) {
                spool.suspend(export.files());
            } else {
                spool.discard(export.files());
            }
            record(() -> {
                if (stopping) {
                    queue.release(export.fileIds());
                } else {
                    queue.failed(export.files(), failure).forEach(attempt -> attempt.log(LOG));
                }
            });
        }

        /** It had not begun when the process stopped. */
        void cancel() {
            spool.discard(export.files());
            try {
                queue.release(export.fileIds());
            } catch (RuntimeException e) {
                LOG.debug("a waiting download could not be released; its claim ends with its lease", e);
            }
        }
    }

    private synchronized void ended() {
        pending--;
        try {
            schedule();
        } catch (RuntimeException e) {
            LOG.debug("no further download was started; maintenance schedules the next", e);
        }
    }

    /** A disk that cannot be written is no delivery's fault, and logged once instead of for each file. */
    private DeliveryException classified(Throwable thrown) {
        Optional<String> disk = DiskFault.in(thrown);
        if (disk.isEmpty()) {
            return new DeliveryException(
                    FailureAction.RETRY, "the download failed (" + fileDownload.describe(thrown) + ")", thrown);
        }
        if (noDisk.begins()) {
            LOG.errorf(
                    "the spool in relay.data-dir cannot be written (%s); downloads pause and resume automatically once"
                            + " it can be written",
                    disk.get());
        }
        return new DeliveryException(
                FailureAction.POSTPONE, "the spool cannot be written (" + disk.get() + ")", thrown);
    }

    private static void record(Runnable outcome) {
        RetryUntilRecorded.run(outcome, e -> LOG.debug("cannot record in the ledger how a download ended", e));
    }
}
