package org.exportrelay.download;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongConsumer;
import org.exportrelay.api.SignedUrl;
import org.exportrelay.config.Durations;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.TrustedCertificates;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.DiskFault;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.download.StoreClient.Answer;
import org.exportrelay.log.LogEvent;
import org.exportrelay.log.LogField;
import org.jboss.logging.Logger;

/**
 * Downloads one file from the store to its end. A refused URL is replaced by a fresh one once. A cut or stalled body is
 * resumed where it ended, at most {@value #MOST_RESUMPTIONS} times in a row, and only if the attempt before received
 * some bytes. Thread-safe.
 */
@Singleton
class FileDownload {

    private static final Logger LOG = Logger.getLogger(FileDownload.class);
    private static final int MOST_RESUMPTIONS = 5;
    private static final int JITTER_MILLIS = 500;

    private final FreshUrls urls;
    private final StoreClient store;
    private final StoreOutage outage;
    private final RelaySettings.Download settings;
    private final LongConsumer pause;

    @Inject
    FileDownload(FreshUrls urls, StoreClient store, StoreOutage outage, RelaySettings settings) {
        this(urls, store, outage, settings, FileDownload::sleep);
    }

    /**
     * @param pause waits that many milliseconds; it returns early, with the thread interrupted, if the process stops
     */
    FileDownload(FreshUrls urls, StoreClient store, StoreOutage outage, RelaySettings settings, LongConsumer pause) {
        this.urls = urls;
        this.store = store;
        this.outage = outage;
        this.settings = settings.download();
        this.pause = pause;
    }

    /**
     * @param partial what earlier attempts have downloaded; nothing is requested if it is complete
     * @throws BadContentException if the store sends more bytes than the API listed
     * @throws DeliveryException if the file cannot be downloaded, or not by this attempt
     * @throws IOException if the connection, the store or the disk failed
     */
    void fetch(PartialFile partial) throws BadContentException, DeliveryException, IOException {
        if (partial.isComplete()) {
            return;
        }
        SignedUrl url = urls.forDownload(partial.file());
        boolean fresh = false;
        for (int resumption = 0; ; ) {
            long before = partial.bytes();
            try {
                if (download(url, partial) == Answer.DOWNLOADED) {
                    return;
                }
                if (fresh) {
                    throw new DeliveryException(
                            FailureAction.RETRY,
                            "the store refused two URLs of " + partial.file().safeName() + ", the second one fresh");
                }
                url = urls.afterRefusal(partial.file());
                fresh = true;
            } catch (IOException e) {
                if (resumption == MOST_RESUMPTIONS
                        || !progressed(partial, before)
                        || DiskFault.in(e).isPresent()) {
                    throw e;
                }
                resume(partial, resumption++, e);
                // The URL has worked since it was signed: if the store refuses it now, a fresh one may help.
                fresh = false;
            }
        }
    }

    /** Also a file that is refused, or that is not what the API listed, shows that the store works. */
    private Answer download(SignedUrl url, PartialFile partial)
            throws BadContentException, DeliveryException, IOException {
        try {
            Answer answer = store.download(url.url(), partial);
            outage.answered();
            return answer;
        } catch (BadContentException | DeliveryException refused) {
            outage.answered();
            throw refused;
        }
    }

    /** False also if the process is stopping, or if the part on disk cannot be resumed. */
    private static boolean progressed(PartialFile partial, long before) throws IOException {
        return !Thread.currentThread().isInterrupted() && partial.isResumable() && partial.bytes() > before;
    }

    private void resume(PartialFile partial, int resumption, IOException cause) throws IOException {
        long seconds = 1L << resumption;
        LogEvent.DOWNLOAD_RESUMED
                .on(LOG)
                .with(LogField.FILE, partial.file().uniqueName())
                .infof(
                        "%s: the download ended at byte %,d of %,d (%s); resuming there in %d s",
                        partial.file().uniqueName(), partial.bytes(), partial.total(), describe(cause), seconds);
        pause.accept(seconds * 1000 + ThreadLocalRandom.current().nextInt(JITTER_MILLIS));
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedIOException();
        }
    }

    /** Bytes of all files that were received since the start. */
    long received() {
        return store.received();
    }

    /** Why a download ended, for an operator; never with a URL. */
    String describe(Throwable failure) {
        if (failure instanceof SocketTimeoutException) {
            return "no data for relay.download.stall-timeout=" + Durations.text(settings.stallTimeout());
        }
        if (failure instanceof InterruptedIOException || failure.getMessage() == null) {
            return failure.getClass().getSimpleName();
        }
        return failure.getMessage() + TrustedCertificates.hint(failure);
    }

    /** Returns early, with the thread interrupted, if the process stops. */
    static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
