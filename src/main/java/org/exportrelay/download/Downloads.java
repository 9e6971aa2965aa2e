package org.exportrelay.download;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.util.ObjectHelper;
import org.exportrelay.api.ApiClock;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.SettingsException;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.DiskFault;
import org.exportrelay.delivery.DueExport;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.FailureLog;
import org.exportrelay.delivery.FailureReason;
import org.exportrelay.delivery.FixedPool;
import org.exportrelay.delivery.RecentCount;
import org.exportrelay.delivery.VerifiedFile;
import org.exportrelay.download.DownloadAdmission.Admission;
import org.exportrelay.ledger.DownloadQueue;
import org.exportrelay.ledger.DownloadScan;
import org.exportrelay.ledger.RetryUntilRecorded;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.log.LogEvent;
import org.exportrelay.trace.RelaySpan;
import org.exportrelay.trace.RelayTraces;
import org.exportrelay.trace.SpanAttribute;
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
    private static final int MOST_AHEAD = 8;

    /** Of a second. */
    private static final int FRACTION = 4;

    /** Portions of due exports with one that does not fit, before the next maintenance continues behind them. */
    private static final int MOST_SKIPS = 4;
    /** If there is no room for files that would only be kept, they are scanned again after this time. */
    private static final Duration KEPT_PAUSE = Duration.ofSeconds(5);

    private final CamelContext context;
    private final int parallel;
    private final boolean isShared;
    private final RecentCount recent = new RecentCount();
    private final DownloadScan scan;
    private final DownloadQueue queue;
    private final Spool spool;
    private final DownloadAdmission admission;
    private final ExportDownload exportDownload;
    private final FileDownload fileDownload;
    private final FreshUrls urls;
    private final FailureLog failures;
    private final DownloadMetrics metrics;
    private final RelayTraces traces;
    private final ApiClock clock;
    private final StoreOutage store;
    private final StoreProbes probes = new StoreProbes();
    private final DiskOutage disk = new DiskOutage(System::nanoTime);
    private final OngoingCondition noDirectory = new OngoingCondition();
    /** Exports that the disk has no room for. */
    private final LoggedExports tooLarge = new LoggedExports();

    /** When files that would only be kept are scanned again. */
    private long nextKept = System.nanoTime();

    private ExecutorService pool;
    /** Exports that are claimed and whose download has not ended. */
    private int pending;
    /** Those of them that were started one by one, while the store or the disk is tried. */
    private int probing;
    /** Those that begin with a request to the API for their URLs. */
    private int requesting;
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
            DownloadAdmission admission,
            StoreOutage store,
            ApiClock clock,
            ExportDownload exportDownload,
            FileDownload fileDownload,
            FreshUrls urls,
            FailureLog failures,
            DownloadMetrics metrics,
            RelayTraces traces) {
        this.context = context;
        this.parallel = settings.download().parallel();
        this.isShared = !database.isExclusive();
        this.scan = scan;
        this.queue = queue;
        this.spool = spool;
        this.admission = admission;
        this.store = store;
        this.clock = clock;
        this.exportDownload = exportDownload;
        this.fileDownload = fileDownload;
        this.urls = urls;
        this.failures = failures;
        this.metrics = metrics;
        this.traces = traces;
    }

    /**
     * Takes over the files that the last process left in the spool; from now on {@link #schedule} starts downloads.
     *
     * @throws SettingsException if the spool cannot be used
     */
    public synchronized void start() {
        spool.recover();
        pool = FixedPool.create(context, this, "download", parallel);
    }

    /** Starts as many due downloads as there is room for. Never waits for one. */
    public synchronized void schedule() {
        if (pool == null || !isSpoolUsable()) {
            return;
        }
        for (int skips = 0; pending < parallel && skips < MOST_SKIPS; ) {
            boolean withKept = System.nanoTime() - nextKept >= 0;
            List<DueExport> due = due(withKept);
            if (due.isEmpty()) {
                if (withKept) {
                    admission.nothingDue();
                }
                return;
            }
            Admission result = admission.admit(reachable(due));
            List<DueExport> claimed = claim(result.admitted());
            claimed.forEach(
                    export -> start(export, Optional.ofNullable(result.refused().get(export.exportId()))));
            // Nothing claimed: other instances are at the same exports just now.
            if (claimed.isEmpty() && !result.admitted().isEmpty()) {
                return;
            }
            skips += result.admitted().size() < due.size() ? 1 : 0;
            if (hasKept(due) && !hasKept(result.admitted())) {
                nextKept = System.nanoTime() + KEPT_PAUSE.toNanos();
            }
        }
    }

    /**
     * Without those whose URLs would have to be requested now, if the API's limit makes them wait, or if half of all
     * downloads do so already: they must not hold up downloads that can begin.
     */
    private List<DueExport> reachable(List<DueExport> due) {
        urls.load(due.stream().map(export -> export.files().get(0)).toList());
        List<DueExport> reachable = new ArrayList<>();
        int requests = Math.max(1, parallel / 2) - requesting;
        for (DueExport export : due) {
            boolean isKnown = urls.isKnown(export);
            if (isKnown || requests > 0 && urls.mayRequest()) {
                reachable.add(export);
                requests -= isKnown ? 0 : 1;
            }
        }
        return reachable;
    }

    /** Where instances share a ledger, each claims only what it downloads now, or within a fraction of a second. */
    private int most() {
        int ahead = MOST_AHEAD * parallel;
        return isShared ? Math.max(parallel, Math.min(ahead, recent.value() / FRACTION)) : ahead;
    }

    private List<DueExport> due(boolean withKept) {
        int most = most();
        int allowed = Math.min(store.allowed(most - pending, probing), disk.allowed(most - pending, probing));
        if (allowed == 0) {
            return List.of();
        }
        if (!store.isPaused()) {
            return scan.due(allowed, spool.claimed(), withKept);
        }
        List<DueExport> due = scan.due(allowed, probes.and(spool.claimed()), withKept);
        return due.isEmpty() && probes.startAgain() ? scan.due(allowed, spool.claimed(), withKept) : due;
    }

    /** Whether some exports are only for destinations that are down or held. */
    private static boolean hasKept(List<DueExport> exports) {
        return exports.stream().anyMatch(export -> !export.isForWorking());
    }

    /** Otherwise each download would fail, and the disk would seem to be full. */
    private boolean isSpoolUsable() {
        Optional<String> problem = spool.problem();
        if (problem.isPresent() && noDirectory.begins()) {
            LogEvent.SPOOL_UNAVAILABLE
                    .on(LOG)
                    .errorf(
                            "the spool directory %s cannot be used (%s); deliveries wait and resume automatically once it is a"
                                    + " directory that this user may write to",
                            spool.path(), problem.get());
        }
        if (problem.isEmpty() && noDirectory.ends()) {
            LogEvent.SPOOL_AVAILABLE.on(LOG).info("the spool directory can be used again; downloads resume");
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
        return store.isPaused() || disk.isPaused() || noDirectory.isOngoing() || isPostponed && !isReceiving;
    }

    private void start(DueExport export, Optional<DeliveryException> refusal) {
        Download download = new Download(export, refusal, store.isPaused() || disk.isCareful(), !urls.isKnown(export));
        try {
            pool.execute(download);
            pending++;
            probing += download.isProbe ? 1 : 0;
            requesting += download.isRequesting ? 1 : 0;
        } catch (RejectedExecutionException | OutOfMemoryError noThread) {
            LOG.debug("no thread for a download now", noThread);
            download.cancel();
            spool.downloads().release(export.files());
        }
    }

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
                spool.downloads().suspend(lost.files());
                spool.downloads().release(lost.files());
            });
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
        private final boolean isProbe;
        private final boolean isRequesting;

        Download(DueExport export, Optional<DeliveryException> refusal, boolean isProbe, boolean isRequesting) {
            this.export = export;
            this.refusal = refusal;
            this.isProbe = isProbe;
            this.isRequesting = isRequesting;
        }

        @Override
        public void run() {
            try {
                refusal.ifPresentOrElse(this::refuse, this::download);
            } finally {
                spool.downloads().release(export.files());
                ended(this);
            }
        }

        private void refuse(DeliveryException reason) {
            if (reason.action() == FailureAction.POSTPONE && tooLarge.add(export, clock.certainlyPast())) {
                LogEvent.DOWNLOAD_TOO_LARGE
                        .on(LOG)
                        .errorf("%s; other exports are downloaded meanwhile", reason.getMessage());
            }
            failed(reason);
        }

        private void download() {
            RelaySpan span = traces.download(export);
            try {
                List<VerifiedFile> verified = exportDownload.fetch(export);
                tooLarge.remove(export);
                probes.startAgain();
                isPostponed = false;
                disk.written();
                urls.downloaded(export);
                metrics.verified();
                traces.downloaded(span, export);
                span.with(SpanAttribute.OUTCOME, DownloadMetrics.VERIFIED).end();
                record(() -> queue.ready(verified));
            } catch (DeliveryException e) {
                failed(span, e);
            } catch (Throwable e) {
                // An Error too must not leave the files claimed.
                failed(span, classified(export, e));
            }
        }

        private void record(Runnable outcome) {
            RetryUntilRecorded.run(outcome, failure -> {
                LogEvent.DOWNLOAD_UNRECORDED
                        .on(LOG)
                        .errorf(
                                "cannot record in the ledger how the download of export %s ended (%s); retrying every second",
                                export.exportId(), LedgerDatabase.describe(failure));
                LOG.debug("cannot record in the ledger how a download ended", failure);
            });
        }

        private void failed(RelaySpan span, DeliveryException failure) {
            span.with(SpanAttribute.OUTCOME, DownloadMetrics.outcome(failure.action()))
                    .failed(failure)
                    .end();
            failed(failure);
        }

        private void failed(DeliveryException failure) {
            metrics.failed(failure.action());
            boolean stopping = Thread.currentThread().isInterrupted();
            isPostponed = failure.action() == FailureAction.POSTPONE;
            boolean resumable = failure.action() == FailureAction.RETRY || failure.action() == FailureAction.POSTPONE;
            if (resumable && !stopping && spoolFault(failure).isEmpty()) {
                spool.downloads().suspend(export.files());
            } else {
                spool.downloads().discard(export.files());
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
            spool.downloads().discard(export.files());
            try {
                queue.release(export.fileIds());
            } catch (RuntimeException e) {
                LOG.debug("a waiting download could not be released; its claim ends with its lease", e);
            }
        }
    }

    /** Whether downloads wait for deliveries to end: for room in the spool. */
    public boolean waitForRoom() {
        return admission.isShort();
    }

    private synchronized void ended(Download download) {
        pending--;
        recent.increment();
        probing -= download.isProbe ? 1 : 0;
        requesting -= download.isRequesting ? 1 : 0;
        try {
            schedule();
        } catch (RuntimeException | Error e) {
            LOG.debug("no further download was started; maintenance schedules the next", e);
        }
    }

    /** A disk that cannot be written is no delivery's fault, and logged once instead of for each file. */
    private DeliveryException classified(DueExport export, Throwable thrown) {
        Optional<String> fault = spoolFault(thrown);
        if (fault.isEmpty()) {
            boolean isOutage = store.failed(thrown, fileDownload.describe(thrown));
            if (isOutage) {
                probes.failed(export);
            }
            return new DeliveryException(
                    isOutage ? FailureAction.POSTPONE : FailureAction.RETRY,
                    "the download failed (" + fileDownload.describe(thrown) + ")",
                    thrown);
        }
        if (isSpoolUsable()) {
            disk.failed(fault.get());
        }
        return new DeliveryException(
                FailureAction.POSTPONE, "the spool cannot be written (" + fault.get() + ")", thrown);
    }

    /** Of all file systems, a download uses only the spool's. */
    private static Optional<String> spoolFault(Throwable thrown) {
        return DiskFault.in(thrown)
                .or(() -> Optional.ofNullable(ObjectHelper.getException(FileSystemException.class, thrown))
                        .map(FailureReason::of));
    }
}
