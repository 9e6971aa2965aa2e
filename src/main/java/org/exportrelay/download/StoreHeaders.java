package org.exportrelay.download;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InterruptedIOException;
import org.exportrelay.api.SignedUrl;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.records.BadRecordsException;
import org.exportrelay.records.ExpectedColumns;

/**
 * Compares the CSV headers of files in the store, for links: of each file it reads the beginning only, and nothing is
 * kept. A refused URL is replaced by a fresh one once. Thread-safe.
 */
@Singleton
public class StoreHeaders {

    private final FreshUrls urls;
    private final StoreClient store;
    private final FileDownload downloads;

    @Inject
    StoreHeaders(FreshUrls urls, StoreClient store, FileDownload downloads) {
        this.urls = urls;
        this.store = store;
        this.downloads = downloads;
    }

    /**
     * @throws BadRecordsException if the header is another one, or there is none
     * @throws DeliveryException if the header cannot be read, or not now
     */
    public void check(ExportFile file, ExpectedColumns expected) throws DeliveryException {
        try {
            if (!check(urls.forLink(file), file, expected) && !check(urls.afterRefusal(file), file, expected)) {
                throw new DeliveryException(
                        FailureAction.RETRY,
                        "the store refused two URLs of " + file.safeName() + ", the second one fresh");
            }
        } catch (IOException e) {
            throw failure(file, e);
        }
    }

    /** False if the store refuses the URL. */
    private boolean check(SignedUrl url, ExportFile file, ExpectedColumns expected)
            throws DeliveryException, IOException {
        return store.read(url.url(), file.safeName(), stored -> expected.check(() -> stored, file.filename()));
    }

    /** The delivery is not at fault while the store cannot be reached. */
    private DeliveryException failure(ExportFile file, IOException failure) {
        boolean isOutage = StoreOutage.isOutage(failure) || failure instanceof InterruptedIOException;
        return new DeliveryException(
                isOutage ? FailureAction.POSTPONE : FailureAction.RETRY,
                "the CSV header of " + file.safeName()
                        + " cannot be read from the store, which expectColumns requires (" + downloads.describe(failure)
                        + ")",
                StoreOutage.retryAfter(failure),
                failure);
    }
}
