package org.exportrelay.download;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.util.ObjectHelper;
import org.exportrelay.api.ApiClock;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.DiskFault;
import org.exportrelay.delivery.DueExport;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.FailureLog;
import org.exportrelay.delivery.FailureReason;
import org.exportrelay.delivery.FixedPool;
import org.exportrelay.delivery.VerifiedFile;
import org.exportrelay.download.Spool.Shortage;
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

    /** Portions of due exports with one that does not fit, before the next maintenance continues behind them. */
    private static final int MOST_SKIPS = 4;
    /** If there is no room for files that would only be kept, they are scanned again after this time. */
    private static final Duration KEPT_PAUSE = Duration.ofSeconds(5);
    /** Due exports are scanned from the start more often. */
    private static final Duration ROOM_AGAIN = Duration.ofSeconds(3);

    private final CamelContext context;
    private final int parallel;
    private final int most;
    private final DownloadScan scan;
    private final DownloadQueue queue;
    private final Spool spool;
    private final SizeLimits limits;
    private final ExportDownload exportDownload;
    private final FileDownload fileDownload;
    private final FailureLog failures;
    private final SpoolEviction eviction;
    private final ApiClock clock;
    private final StoreOutage store = new StoreOutage(System::nanoTime);
    private final OngoingCondition noRoom = new OngoingCondition();
    private final OngoingCondition noDisk = new OngoingCondition();
    private final OngoingCondition noDirectory = new OngoingCondition();
    /** Exports that the disk has no room for, each of which has been logged. */
    private final Set<String> tooLarge = ConcurrentHashMap.newKeySet();

    private long lastShortage = System.nanoTime();
    /** When files that would only be kept are scanned again. */
    private long nextKept = System.nanoTime();

    private ExecutorService pool;
    /** Exports that are claimed and whose download has not ended. */
    private int pending;
    /** Whether the last download that ended is due again without a counted attempt. */
    private volatile boolean isPostponed;

    private long lastReceived;

    @Inject
    Downloads(
            CamelContext context,
            RelaySettings settings,
            LedgerDatabase database,
            DownloadScan scan,
            DownloadQueue queue,
            Spool spool,
            SpoolEviction eviction,
            SizeLimits limits,
            ApiClock clock,
            ExportDownload exportDownload,
            FileDownload fileDownload,
            FailureLog failures) {
        this.context = context;
        this.parallel = settings.download().parallel();
        // Where instances share a ledger, each claims only what it downloads now.
        this.most = database.isExclusive() ? AHEAD * parallel : parallel;
        this.scan = scan;
        this.queue = queue;
        this.spool = spool;
        this.eviction = eviction;
        this.limits = limits;
        this.clock = clock;
        this.exportDownload = exportDownload;
        this.fileDownload = fileDownload;
        this.failures = failures;
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
        if (pool == null || !isSpoolUsable()) {
            return;
        }
        for (int skips = 0; pending < parallel && skips < MOST_SKIPS; ) {
            int allowed = store.allowed(most - pending, pending);
            boolean withKept = System.nanoTime() - nextKept >= 0;
            List<DueExport> due = allowed == 0 ? List.of() : scan.due(allowed, spool.claimed(), withKept);
            if (due.isEmpty()) {
                if (withKept && System.nanoTime() - lastShortage > ROOM_AGAIN.toNanos() && noRoom.ends()) {
                    LOG.info("downloads no longer wait for room in the spool");
                }
                return;
            }
            Admission admission = admit(due);
            List<DueExport> claimed = claim(admission.admitted());
            claimed.forEach(export ->
                    start(export, Optional.ofNullable(admission.refused().get(export.exportId()))));
            // Nothing claimed: other instances are at the same exports just now.
            if (admission.isClosed()
                    || claimed.isEmpty() && !admission.admitted().isEmpty()) {
                return;
            }
            skips += admission.admitted().size() < due.size() ? 1 : 0;
            if (skips == MOST_SKIPS && hasKept(due) && !hasKept(admission.admitted())) {
                nextKept = System.nanoTime() + KEPT_PAUSE.toNanos();
            }
        }
    }

    /** Whether some exports are only for destinations that are down or paused. */
    private static boolean hasKept(List<DueExport> exports) {
        return exports.stream().anyMatch(export -> !export.isForWorking());
    }

    /** Otherwise each download would fail, and the disk would seem to be full. */
    private boolean isSpoolUsable() {
        Optional<String> problem = spool.problem();
        if (problem.isPresent() && noDirectory.begins()) {
            LOG.errorf(
                    "the spool directory %s cannot be used (%s); deliveries wait and resume automatically once it is a"
                            + " directory that this user may write to",
                    spool.path(), problem.get());
        }
        if (problem.isEmpty() && noDirectory.ends()) {
            LOG.info("the spool directory can be used again; downloads resume");
        }
        return problem.isEmpty();
    }

    /** Whether a download runs or is about to: each one that ends starts those that are due. */
    public synchronized boolean isBusy() {
        return pending > 0;
    }

    /**
     * Whether downloads only repeat what cannot succeed now, such as while they pause, or while the API gives no fresh
     * URLs. Then one that runs is no sign that the work will end.
     */
    public synchronized boolean isStalled() {
        long received = fileDownload.received();
        boolean isReceiving = received > lastReceived;
        lastReceived = received;
        return store.isPaused() || noDisk.isOngoing() || noDirectory.isOngoing() || isPostponed && !isReceiving;
    }

    private void start(DueExport export, Optional<DeliveryException> refusal) {
        Download download = new Download(export, refusal);
        try {
            pool.execute(download);
            pending++;
        } catch (RejectedExecutionException | OutOfMemoryError noThread) {
            LOG.debug("no thread for a download now", noThread);
            download.cancel();
            spool.release(export.files());
        }
    }

    /**
     * Reserves room. An export for which there is none does not hold up others that fit, until it is about to expire: then
     * it is the next.
     */
    private Admission admit(List<DueExport> due) {
        List<DueExport> admitted = new ArrayList<>();
        Map<String, DeliveryException> refused = new HashMap<>();
        for (DueExport export : due) {
            Optional<DeliveryException> refusal = refusal(export);
            Optional<Shortage> shortage = refusal.isPresent() ? Optional.empty() : reserve(export);
            if (refusal.isPresent()) {
                spool.claim(export.files());
                refused.put(export.exportId(), refusal.get());
            }
            if (shortage.isEmpty()) {
                admitted.add(export);
                continue;
            }
            logNoRoom(export, shortage.get());
            if (export.isForWorking() && SpoolEviction.isUrgent(export, clock.instant())) {
                return new Admission(admitted, refused, true);
            }
        }
        return new Admission(admitted, refused, false);
    }

    private Optional<Shortage> reserve(DueExport export) {
        Optional<Shortage> shortage = spool.reserve(export);
        return shortage.isPresent() && eviction.makeRoom(export, shortage.get().bytes())
                ? spool.reserve(export)
                : shortage;
    }

    /** Why an export cannot be downloaded, however long it waits. */
    private Optional<DeliveryException> refusal(DueExport export) {
        try {
            limits.check(export.files());
        } catch (DeliveryException tooLarge) {
            return Optional.of(tooLarge);
        }
        long bytes = SizeLimits.sum(limits.of(export.files()));
        boolean isListed = export.files().stream().allMatch(file -> file.size() != null);
        if (!isListed || spool.canEverHold(bytes)) {
            return Optional.empty();
        }
        return Optional.of(new DeliveryException(
                FailureAction.POSTPONE,
                ("the files of export %s need %,d bytes, and the disk of relay.data-dir has room for %,d even if the spool is"
                                + " empty; free disk space")
                        .formatted(export.exportId(), bytes, Math.max(0, spool.capacity()))));
    }

    /**
     * What became of due exports.
     *
     * @param admitted those that are claimed next
     * @param refused those of them that cannot be downloaded, by export
     * @param isClosed whether no more are admitted before one that is about to expire
     */
    private record Admission(List<DueExport> admitted, Map<String, DeliveryException> refused, boolean isClosed) {}

    /** Gives back the room of what another instance claimed first. */
    private List<DueExport> claim(List<DueExport> fitting) {
        List<DueExport> claimed = List.of();
        if (fitting.isEmpty()) {
            return claimed;
        }
        try {
            claimed = queue.claim(fitting);
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

    private void logNoRoom(DueExport export, Shortage shortage) {
        lastShortage = System.nanoTime();
        if (noRoom.begins()) {
            LOG.warnf(
                    "downloads wait for room in the spool: %s needs %,d bytes, and %s; they resume automatically when"
                            + " files are delivered or disk space is freed",
                    export.files().get(0).uniqueName(), SizeLimits.sum(limits.of(export.files())), shortage.reason());
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
        private final Optional<DeliveryException> refusal;

        Download(DueExport export, Optional<DeliveryException> refusal) {
            this.export = export;
            this.refusal = refusal;
        }

        @Override
        public void run() {
            try {
                refusal.ifPresentOrElse(this::refuse, this::download);
            } finally {
                spool.release(export.files());
                ended();
            }
        }

        private void refuse(DeliveryException reason) {
            if (reason.action() == FailureAction.POSTPONE && tooLarge.add(export.exportId())) {
                LOG.errorf("%s; other exports are downloaded meanwhile", reason.getMessage());
            }
            failed(reason);
        }

        private void download() {
            try {
                List<VerifiedFile> verified = exportDownload.fetch(export);
                tooLarge.remove(export.exportId());
                store.succeeded();
                isPostponed = false;
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
            isPostponed = failure.action() == FailureAction.POSTPONE;
            boolean resumable = failure.action() == FailureAction.RETRY || failure.action() == FailureAction.POSTPONE;
            if (resumable && !stopping && spoolFault(failure).isEmpty()) {
                spool.suspend(export.files());
            } else {
                spool.discard(export.files());
            }
            record(() -> {
                if (stopping) {
                    queue.release(export.fileIds());
                } else {
                    queue.failed(export.files(), failure).forEach(attempt -> failures.log(LOG, attempt));
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
        } catch (RuntimeException | Error e) {
            LOG.debug("no further download was started; maintenance schedules the next", e);
        }
    }

    /** A disk that cannot be written is no delivery's fault, and logged once instead of for each file. */
    private DeliveryException classified(Throwable thrown) {
        Optional<String> disk = spoolFault(thrown);
        if (disk.isEmpty()) {
            boolean isOutage = store.failed(thrown, fileDownload.describe(thrown));
            return new DeliveryException(
                    isOutage ? FailureAction.POSTPONE : FailureAction.RETRY,
                    "the download failed (" + fileDownload.describe(thrown) + ")",
                    thrown);
        }
        if (isSpoolUsable() && noDisk.begins()) {
            LOG.errorf(
                    "the spool in relay.data-dir cannot be written (%s); downloads pause and resume automatically once"
                            + " it can be written",
                    disk.get());
        }
        return new DeliveryException(
                FailureAction.POSTPONE, "the spool cannot be written (" + disk.get() + ")", thrown);
    }

    /** Of all file systems, a download uses only the spool's. */
    private static Optional<String> spoolFault(Throwable thrown) {
        return DiskFault.in(thrown)
                .or(() -> Optional.ofNullable(ObjectHelper.getException(FileSystemException.class, thrown))
                        .map(FailureReason::of));
    }

    private static void record(Runnable outcome) {
        RetryUntilRecorded.run(outcome, e -> LOG.debug("cannot record in the ledger how a download ended", e));
    }
}
