package org.exportrelay.component;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.delivery.DeliveredContent;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.DiskFault;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.FailureReason;
import org.exportrelay.download.Spool;
import org.exportrelay.records.ExportRecord;
import org.exportrelay.records.FileFormat;
import org.exportrelay.records.RecordBatches;
import org.exportrelay.records.RecordJson;

/**
 * Writes verified files in the form that a route asks for. Each attempt has a copy of its own beside the verified file,
 * which other attempts and destinations still need. The copy ends with the attempt; what a killed process leaves, the next
 * start deletes. Memory is constant. Thread-safe.
 */
@Singleton
class FileCopies {

    private static final int BUFFER = 128 * 1024;
    private static final int BATCH = 1000;
    private static final byte[] LINE_END = {'\n'};

    private final Spool spool;
    private final long largest;

    @Inject
    FileCopies(Spool spool, RelaySettings settings) {
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
        boolean isComplete = false;
        try {
            DeliveredContent content = write(delivery.file(), verified, form, path);
            isComplete = true;
            return new Copy(path, delivered(delivery.file(), form, content), content);
        } catch (IOException e) {
            throw failure(delivery.file(), path, e);
        } catch (UncheckedIOException e) {
            throw failure(delivery.file(), path, e.getCause());
        } finally {
            if (!isComplete) {
                spool.deleteCopy(path);
            }
        }
    }

    void delete(Copy copy) {
        spool.deleteCopy(copy.path());
    }

    private DeliveredContent write(ExportFile file, Path verified, FileForm form, Path path)
            throws IOException, DeliveryException {
        try (CopyFile copy = new CopyFile(path, file.safeName(), largest, sha256())) {
            if (form.isJsonLines()) {
                writeRecords(file, verified, copy);
            } else {
                expand(file, verified, copy);
            }
            return copy.content();
        }
    }

    /** Reads to the last byte of the file, so that its checksums are compared once more. */
    private static void expand(ExportFile file, Path verified, CopyFile copy) throws IOException, DeliveryException {
        MessageDigest stored = sha256();
        byte[] buffer = new byte[BUFFER];
        try (InputStream content = FileFormat.of(file.filename())
                .content(new DigestInputStream(Files.newInputStream(verified), stored), BUFFER)) {
            for (int n = content.read(buffer); n >= 0; n = content.read(buffer)) {
                copy.write(buffer, n);
            }
        }
        if (!HexFormat.of().formatHex(stored.digest()).equals(file.sha256())) {
            throw new DeliveryException(
                    FailureAction.RETRY, verified + " is no longer the file that was verified; check the disk");
        }
    }

    private static void writeRecords(ExportFile file, Path verified, CopyFile copy)
            throws IOException, DeliveryException {
        RecordJson json = new RecordJson();
        try (RecordBatches batches = RecordBatches.open(verified, file.filename(), BATCH, file.records())) {
            while (batches.hasNext()) {
                for (ExportRecord row : batches.next()) {
                    byte[] line = json.of(row);
                    copy.write(line, line.length);
                    copy.write(LINE_END, LINE_END.length);
                }
            }
        }
    }

    private static ExportFile delivered(ExportFile file, FileForm form, DeliveredContent content) {
        return file.as(form.name(file.filename()), form.safeName(file.safeName()), content.size(), content.sha256());
    }

    private DeliveryException failure(ExportFile file, Path path, IOException failure) {
        if (DiskFault.in(failure).isPresent()) {
            return new DeliveryException(
                    FailureAction.OUTAGE,
                    "a disk cannot be written: " + path.getParent() + ": " + FailureReason.of(failure),
                    failure);
        }
        return spool.failure(file.fileId(), failure)
                .orElseGet(() -> new DeliveryException(
                        FailureAction.RETRY,
                        file.safeName() + " cannot be written to " + path.getParent() + " in the form that the route"
                                + " asks for (" + FailureReason.of(failure) + ")",
                        failure));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
