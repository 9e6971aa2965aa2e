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
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.DiskFault;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.download.StoreClient.Answer;
import org.jboss.logging.Logger;

/**
 * One file from the store to its end: a refused URL is asked for again once, a cut or stalled body is
 * continued where it ended, at most {@value #MOST_RESUMPTIONS} times in a row and only while it gets
 * further. Thread-safe.
 */
@Singleton
class FileDownload {

    private static final Logger LOG = Logger.getLogger(FileDownload.class);
    private static final int MOST_RESUMPTIONS = 5;
    private static final int JITTER_MILLIS = 500;

    private final FreshUrls urls;
    private final StoreClient store;
    private final RelaySettings.Download settings;
    private final LongConsumer pause;

    @Inject
    FileDownload(FreshUrls urls, StoreClient store, RelaySettings settings) {
        this(urls, store, settings, FileDownload::sleep);
    }

    /**
     * @param pause waits for so many milliseconds, or leaves the thread interrupted
     */
    FileDownload(FreshUrls urls, StoreClient store, RelaySettings settings, LongConsumer pause) {
        this.urls = urls;
        this.store = store;
        this.settings = settings.download();
        this.pause = pause;
    }

    /**
     * @param partial what earlier attempts have brought; nothing is asked if that is all
     * @throws BadContentException if more bytes come than the API listed
     * @throws DeliveryException if the file cannot be had, or not by this attempt
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
                if (store.download(url.url(), partial) == Answer.DOWNLOADED) {
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
                        || !gotFurther(partial, before)
                        || DiskFault.in(e).isPresent()) {
                    throw e;
                }
                resume(partial, resumption++, e);
                // It has worked since it was signed: if it is refused now, that is news.
                fresh = false;
            }
        }
    }

    /** Also not if the process is stopping, or if what has come cannot be continued. */
    private static boolean gotFurther(PartialFile partial, long before) throws IOException {
        return !Thread.currentThread().isInterrupted() && partial.isResumable() && partial.bytes() > before;
    }

    private void resume(PartialFile partial, int resumption, IOException cause) throws IOException {
        long seconds = 1L << resumption;
        LOG.infof(
                "%s: the download ended at byte %,d of %,d (%s); going on from there in %d s",
                partial.file().uniqueName(), partial.bytes(), partial.total(), describe(cause), seconds);
        pause.accept(seconds * 1000 + ThreadLocalRandom.current().nextInt(JITTER_MILLIS));
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedIOException();
        }
    }

    /** What ended a download, for an operator; never with a URL. */
    String describe(Throwable failure) {
        if (failure instanceof SocketTimeoutException) {
            return "nothing came for relay.download.stall-timeout=" + Durations.text(settings.stallTimeout());
        }
        if (failure instanceof InterruptedIOException || failure.getMessage() == null) {
            return failure.getClass().getSimpleName();
        }
        return failure.getMessage();
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
