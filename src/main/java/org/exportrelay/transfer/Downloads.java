package org.exportrelay.transfer;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.exportrelay.api.SignedUrl;
import org.exportrelay.config.Durations;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.ledger.DeliveryState;
import org.exportrelay.ledger.DownloadQueue;
import org.exportrelay.ledger.ExportFile;
import org.exportrelay.ledger.Remedy;
import org.exportrelay.ledger.Setback;
import org.exportrelay.ledger.Settlement;
import org.exportrelay.ledger.VerifiedFile;
import org.exportrelay.transfer.StoreClient.Answer;
import org.jboss.logging.Logger;

/**
 * Fetches the files that deliveries wait for, {@code relay.download.parallel} exports at a time, and
 * hands them on only when every file of their export is verified. Thread-safe.
 */
@Singleton
public class Downloads {

    private static final Logger LOG = Logger.getLogger(Downloads.class);
    private static final long STOP_SECONDS = 5;

    private final RelaySettings.Download settings;
    private final DownloadQueue queue;
    private final Spool spool;
    private final FreshUrls urls;
    private final StoreClient store;
    private final Verifier verifier;

    private ExecutorService pool;
    private int inFlight;

    @Inject
    Downloads(
            RelaySettings settings,
            DownloadQueue queue,
            Spool spool,
            FreshUrls urls,
            StoreClient store,
            Verifier verifier) {
        this.settings = settings.download();
        this.queue = queue;
        this.spool = spool;
        this.urls = urls;
        this.store = store;
        this.verifier = verifier;
    }

    /**
     * Takes over what the last process left in the spool; from now on {@link #look} starts downloads.
     *
     * @throws IOException if the spool cannot be used
     */
    public synchronized void start() throws IOException {
        spool.recover();
        pool = Executors.newFixedThreadPool(settings.parallel(), task -> new Thread(task, "download"));
    }

    /** Starts as many due downloads as there is room for. Never waits for one. */
    public synchronized void look() {
        while (pool != null && inFlight < settings.parallel()) {
            List<ExportFile> files = queue.claim();
            if (files.isEmpty()) {
                return;
            }
            inFlight++;
            pool.execute(() -> {
                try {
                    fetch(files);
                } finally {
                    done();
                }
            });
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

    private void fetch(List<ExportFile> files) {
        try {
            List<VerifiedFile> verified = fetchVerified(files);
            tell(() -> queue.ready(verified));
        } catch (Setback setback) {
            failed(files, setback);
        } catch (Throwable e) {
            // An Error too must not leave the files claimed.
            failed(files, new Setback(Remedy.RETRY, "downloading failed (" + describe(e) + ")", e));
        }
    }

    private void failed(List<ExportFile> files, Setback setback) {
        boolean stopping = Thread.currentThread().isInterrupted();
        spool.discard(files);
        tell(() -> {
            if (stopping) {
                queue.release(files.stream().map(ExportFile::fileId).toList());
            } else {
                queue.failed(files, setback.remedy(), setback.getMessage()).forEach(failed -> tell(failed, setback));
            }
        });
    }

    /** Tries until the ledger can be told, since nobody else would free the files while this process lives. */
    private static void tell(Runnable outcome) {
        while (true) {
            try {
                outcome.run();
                return;
            } catch (RuntimeException e) {
                LOG.debug("the ledger could not be told how a download ended", e);
                if (!pauseBeforeTellingAgain()) {
                    return;
                }
            }
        }
    }

    private static boolean pauseBeforeTellingAgain() {
        try {
            Thread.sleep(1000);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** One fresh download where the bytes are not what the API promised; twice is no accident. */
    private List<VerifiedFile> fetchVerified(List<ExportFile> files) throws Setback, IOException {
        List<VerifiedFile> verified = fetchEach(files);
        Optional<String> shortfall = recordShortfall(files, verified);
        if (shortfall.isPresent()) {
            LOG.warnf("%s; downloading again", shortfall.get());
            verified = fetchEach(files);
            shortfall = recordShortfall(files, verified);
        }
        if (shortfall.isPresent()) {
            throw twice(shortfall.get());
        }
        for (ExportFile file : files) {
            Files.move(spool.partial(file.fileId()), spool.complete(file.fileId()), StandardCopyOption.ATOMIC_MOVE);
        }
        return verified;
    }

    private List<VerifiedFile> fetchEach(List<ExportFile> files) throws Setback, IOException {
        List<VerifiedFile> verified = new ArrayList<>();
        for (ExportFile file : files) {
            verified.add(fetchOne(file));
        }
        return verified;
    }

    private VerifiedFile fetchOne(ExportFile file) throws Setback, IOException {
        try {
            return downloadAndVerify(file);
        } catch (BadContentException first) {
            LOG.warnf("%s: %s; downloading again", file.uniqueName(), first.getMessage());
        }
        try {
            return downloadAndVerify(file);
        } catch (BadContentException second) {
            throw twice(second.getMessage());
        }
    }

    private VerifiedFile downloadAndVerify(ExportFile file) throws BadContentException, Setback, IOException {
        download(file);
        return verifier.verify(file, spool.partial(file.fileId()));
    }

    private static Setback twice(String problem) {
        return new Setback(Remedy.PARK, problem + ", in two downloads; run the export again");
    }

    private void download(ExportFile file) throws Setback, IOException {
        SignedUrl url = urls.forDownload(file);
        if (store.download(file.filename(), url.url(), spool.partial(file.fileId())) == Answer.DOWNLOADED) {
            return;
        }
        SignedUrl fresh = urls.afterRefusal(file);
        if (store.download(file.filename(), fresh.url(), spool.partial(file.fileId())) == Answer.REFUSED) {
            throw new Setback(
                    Remedy.RETRY, "the store refused two URLs of " + file.filename() + ", the second one fresh");
        }
    }

    /** What is missing of the records that the API listed for the whole export. */
    private Optional<String> recordShortfall(List<ExportFile> files, List<VerifiedFile> verified) {
        Long listed = files.get(0).recordCount();
        Long elsewhere = queue.recordsElsewhere(
                files.get(0).exportId(), files.stream().map(ExportFile::fileId).toList());
        if (listed == null || elsewhere == null || verified.stream().anyMatch(file -> file.records() == null)) {
            return Optional.empty();
        }
        long counted =
                elsewhere + verified.stream().mapToLong(VerifiedFile::records).sum();
        return counted >= listed
                ? Optional.empty()
                : Optional.of("export %s has %,d records, the API listed %,d"
                        .formatted(files.get(0).exportId(), counted, listed));
    }

    private static void tell(DownloadQueue.FailedWait failed, Setback setback) {
        Settlement settlement = failed.settlement();
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

    private String describe(Throwable failure) {
        if (failure instanceof SocketTimeoutException) {
            return "nothing came for relay.download.stall-timeout=" + Durations.text(settings.stallTimeout());
        }
        if (failure instanceof InterruptedIOException || failure.getMessage() == null) {
            return failure.getClass().getSimpleName();
        }
        return failure.getMessage();
    }
}
