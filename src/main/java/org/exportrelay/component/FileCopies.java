package org.exportrelay.component;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.apache.camel.CamelContext;
import org.apache.camel.util.ObjectHelper;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.delivery.DeliveredContent;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.DiskFault;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.FailureReason;
import org.exportrelay.delivery.FileName;
import org.exportrelay.download.Spool;
import org.exportrelay.records.BadRecordsException;
import org.exportrelay.records.FileFormat;
import org.exportrelay.records.RecordBatches;

/**
 * Writes verified files in the form that a route asks for. Each attempt has a copy of its own beside the verified file,
 * which other attempts and destinations still need. The copy ends with the attempt; what a killed process leaves, the next
 * start deletes. Memory is constant. Thread-safe.
 */
@Singleton
class FileCopies {

    private static final int BUFFER = 128 * 1024;
    private static final int BATCH = 1000;

    private final CamelContext context;
    private final Spool spool;
    private final long largest;

    @Inject
    FileCopies(CamelContext context, Spool spool, RelaySettings settings) {
        this.context = context;
        this.spool = spool;
        this.largest = settings.download().maxExpandedSize().bytes();
    }

    /**
     * A file as a destination receives it.
     *
     * @param path until {@link #delete}
     * @param file with the name, the size and the checksum of the copy
     * @param content its size and checksum
     */
    record Copy(Path path, ExportFile file, DeliveredContent content) {}

    /**
     * Writes a copy.
     *
     * @param verified the file of the delivery, which has records if the form is JSON Lines
     * @throws DeliveryException if the copy is not complete; nothing of it is left
     */
    Copy write(Delivery delivery, Path verified, FileForm form) throws DeliveryException {
        Path path = spool.copy(delivery);
        StoredFile stored = new StoredFile(verified, delivery.file().sha256());
        boolean isComplete = false;
        try {
            DeliveredContent content = write(delivery.file(), stored, form, path);
            if (stored.wasChanged()) {
                throw changed(stored, null);
            }
            isComplete = true;
            return new Copy(path, delivered(delivery.file(), form, content), content);
        } catch (IOException e) {
            throw failure(delivery.file(), stored, path, e);
        } catch (UncheckedIOException e) {
            throw failure(delivery.file(), stored, path, e.getCause());
        } catch (BadRecordsException e) {
            if (stored.isChanged()) {
                // Not as its cause, which would be taken for the reason.
                throw changed(stored, null);
            }
            throw e;
        } finally {
            if (!isComplete) {
                spool.deleteCopy(path);
            }
        }
    }

    /** Damaged data has many signs, and none of them is the fault of the export. */
    private static DeliveryException changed(StoredFile stored, Throwable cause) {
        return new DeliveryException(
                FailureAction.RETRY, stored.path() + " is no longer the file that was verified; check the disk", cause);
    }

    void delete(Copy copy) {
        spool.deleteCopy(copy.path());
    }

    /** Reads to the last byte of the file, so that its checksums are compared once more. */
    private DeliveredContent write(ExportFile file, StoredFile stored, FileForm form, Path path)
            throws IOException, DeliveryException {
        try (CopyFile copy = new CopyFile(path, file.safeName(), largest, Sha256.digest());
                InputStream content = content(file, stored, form)) {
            if (form.isEncrypted()) {
                encrypt(file, form, content, copy);
            } else {
                transfer(content, copy);
            }
            return copy.content();
        }
    }

    private static InputStream content(ExportFile file, StoredFile stored, FileForm form) throws IOException {
        if (form.isJsonLines()) {
            return new JsonLines(RecordBatches.open(stored::open, file.filename(), BATCH, file.records()));
        }
        InputStream bytes = stored.open();
        return form.isExpanded(file.filename()) ? FileFormat.of(file.filename()).content(bytes, BUFFER) : bytes;
    }

    private void encrypt(ExportFile file, FileForm form, InputStream content, CopyFile copy)
            throws IOException, DeliveryException {
        String inside = FileName.withId(form.contentName(file.safeName()), file.exportId());
        form.encryption()
                .get()
                .encrypt(context, content, inside, FileFormat.of(inside).isGzip(), copy);
    }

    private static void transfer(InputStream content, CopyFile copy) throws IOException {
        byte[] buffer = new byte[BUFFER];
        for (int n = content.read(buffer); n >= 0; n = content.read(buffer)) {
            copy.write(buffer, 0, n);
        }
    }

    private static ExportFile delivered(ExportFile file, FileForm form, DeliveredContent content) {
        return file.as(form.name(file.filename()), form.safeName(file.safeName()), content.size(), content.sha256());
    }

    private DeliveryException failure(ExportFile file, StoredFile stored, Path path, IOException failure) {
        DeliveryException declared = ObjectHelper.getException(DeliveryException.class, failure);
        if (declared != null) {
            return declared;
        }
        if (DiskFault.in(failure).isPresent()) {
            return new DeliveryException(
                    FailureAction.OUTAGE,
                    "a disk cannot be written: " + path.getParent() + ": " + FailureReason.of(failure),
                    failure);
        }
        if (stored.isChanged()) {
            return changed(stored, failure);
        }
        return spool.failure(file.fileId(), failure)
                .orElseGet(() -> new DeliveryException(
                        FailureAction.RETRY,
                        file.safeName() + " cannot be written to " + path.getParent() + " in the form that the route"
                                + " asks for (" + FailureReason.of(failure) + ")",
                        failure));
    }
}
