package org.exportrelay.download;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.DeliveryOutcome;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.DiskFault;
import org.exportrelay.delivery.DueExport;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailedDownload;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.VerifiedFile;
import org.exportrelay.ledger.DownloadQueue;
import org.exportrelay.ledger.RetryUntilRecorded;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jboss.logging.Logger;

/**
 * Fetches the files that deliveries wait for, {@code relay.download.parallel} exports at a time, and
 * hands them on only when every file of their export is verified. Thread-safe.
 */
@Singleton
public class Downloads {

    private static final Logger LOG = Logger.getLogger(Downloads.class);
    private static final long STOP_SECONDS = 5;
    /** Exports claimed at once for each download under way. */
    private static final int AHEAD = 8;

    private final int parallel;
    private final boolean alone;
    private final DownloadQueue queue;
    private final Spool spool;
    private final SizeLimits limits;
    private final ExportDownload exportFetch;
    private final FileDownload fileFetch;
    private final OngoingCondition noRoom = new OngoingCondition();
    private final OngoingCondition noDisk = new OngoingCondition();

    private final Deque<DueExport> claimed = new ArrayDeque<>();
    private ExecutorService pool;
    private int inFlight;

    @Inject
    Downloads(
            RelaySettings settings,
            LedgerDatabase database,
            DownloadQueue queue,
            Spool spool,
            SizeLimits limits,
            ExportDownload exportFetch,
            FileDownload fileFetch) {
        this.parallel = settings.download().parallel();
        this.alone = database.isExclusive();
        this.queue = queue;
        this.spool = spool;
        this.limits = limits;
        this.exportFetch = exportFetch;
        this.fileFetch = fileFetch;
    }

    /**
     * Takes over what the last process left in the spool; from now on {@link #look} starts downloads.
     *
     * @throws IOException if the spool cannot be used
     */
    public synchronized void start() throws IOException {
        spool.recover();
        pool = Executors.newFixedThreadPool(parallel, task -> new Thread(task, "download"));
    }

    /** Starts as many due downloads as there is room for. Never waits for one. */
    public synchronized void look() {
        while (pool != null && inFlight < parallel) {
            if (claimed.isEmpty()) {
                claimed.addAll(claim());
            }
            DueExport export = claimed.poll();
            if (export == null) {
                return;
            }
            inFlight++;
            pool.execute(() -> {
                try {
                    fetch(export);
                } finally {
                    done();
                }
            });
        }
    }

    /**
     * Nothing overtakes an export that waits for room, or a large one might wait until it expires. Some
     * are claimed ahead, since a claim costs more than the download of a small file; where instances share
     * a ledger each takes only what it begins.
     */
    private List<DueExport> claim() {
        List<List<ExportFile>> reserved = new ArrayList<>();
        AtomicBoolean waits = new AtomicBoolean();
        try {
            List<DueExport> due = queue.claim(alone ? AHEAD * parallel : parallel - inFlight, files -> {
                // What can never fit is claimed as well, to be refused with its reason.
                Optional<String> full = limits.allow(files) ? spool.reserve(files) : Optional.empty();
                full.ifPresentOrElse(reason -> tellWaiting(files, reason), () -> reserved.add(files));
                waits.set(full.isPresent());
                return full.isEmpty();
            });
            if (due.isEmpty() && !waits.get() && noRoom.ended()) {
                LOG.info("downloads no longer wait for room");
            }
            return due;
        } catch (RuntimeException e) {
            reserved.forEach(spool::setAside);
            throw e;
        }
    }

    private void tellWaiting(List<ExportFile> files, String reason) {
        if (noRoom.begins()) {
            LOG.warnf(
                    "downloads wait for room: %s needs %,d bytes, and %s; they go on by themselves when files are"
                            + " delivered or space is made",
                    files.get(0).uniqueName(), SpoolSpace.sum(limits.of(files)), reason);
        }
    }

    /** The next look is the housekeeping's if the ledger cannot be asked now. */
    private synchronized void done() {
        inFlight--;
        try {
            look();
        } catch (RuntimeException e) {
            LOG.debug("no further download was started", e);
        }
    }

    /** Gives up the downloads in hand; they are due again at the next start. */
    public void stop() {
        ExecutorService running;
        synchronized (this) {
            running = pool;
            pool = null;
            claimed.forEach(this::giveBack);
            claimed.clear();
        }
        if (running == null) {
            return;
        }
        running.shutdownNow();
        try {
            if (!running.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                LOG.debugf("downloads still running after %d s; the next start takes them over", STOP_SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void giveBack(DueExport untried) {
        spool.discard(untried.files());
        try {
            queue.release(untried.fileIds());
        } catch (RuntimeException e) {
            LOG.debug("a download that had not begun could not be given back; its claim ends by itself", e);
        }
    }

    private void fetch(DueExport export) {
        List<ExportFile> files = export.files();
        try {
            List<VerifiedFile> verified = exportFetch.fetch(export);
            if (noDisk.ended()) {
                LOG.info("the spool can be written again");
            }
            tell(() -> queue.ready(verified));
        } catch (DeliveryException setback) {
            failed(files, setback);
        } catch (Throwable e) {
            // An Error too must not leave the files claimed.
            failed(files, setback(e));
        }
    }

    /** A disk that cannot be written is not the delivery's fault, and told once instead of at each file. */
    private DeliveryException setback(Throwable thrown) {
        Optional<String> disk = DiskFault.in(thrown);
        if (disk.isEmpty()) {
            return new DeliveryException(
                    FailureAction.RETRY, "downloading failed (" + fileFetch.describe(thrown) + ")", thrown);
        }
        if (noDisk.begins()) {
            LOG.errorf(
                    "the spool in relay.data-dir cannot be written (%s); downloads pause and go on by themselves when"
                            + " it can",
                    disk.get());
        }
        return new DeliveryException(
                FailureAction.POSTPONE, "the spool cannot be written (" + disk.get() + ")", thrown);
    }

    private void failed(List<ExportFile> files, DeliveryException setback) {
        boolean stopping = Thread.currentThread().isInterrupted();
        boolean goesOn = setback.remedy() == FailureAction.RETRY || setback.remedy() == FailureAction.POSTPONE;
        if (goesOn && !stopping && DiskFault.in(setback).isEmpty()) {
            spool.setAside(files);
        } else {
            spool.discard(files);
        }
        tell(() -> {
            if (stopping) {
                queue.release(files.stream().map(ExportFile::fileId).toList());
            } else {
                queue.failed(files, setback.remedy(), setback.getMessage()).forEach(failed -> tell(failed, setback));
            }
        });
    }

    private static void tell(Runnable outcome) {
        RetryUntilRecorded.tell(outcome, e -> LOG.debug("the ledger could not be told how a download ended", e));
    }

    private static void tell(FailedDownload failed, DeliveryException setback) {
        DeliveryOutcome settlement = failed.settlement();
        String line = "exports:" + failed.destination().name() + ": "
                + failed.file().uniqueName() + ": " + setback.getMessage() + "; "
                + settlement.text(failed.attempt(), failed.destination().retries());
        if (settlement.isPostponed()) {
            LOG.debug(line);
        } else if (settlement.state() == DeliveryState.RETRYING) {
            LOG.warn(line);
        } else {
            LOG.error(line);
        }
    }
}
