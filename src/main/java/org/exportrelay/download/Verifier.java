package org.exportrelay.download;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.zip.ZipException;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.VerifiedFile;
import org.exportrelay.records.CsvRecordCounter;
import org.exportrelay.records.FileFormat;

/**
 * Reads a complete download once more before any destination sees it: its size, its gzip checksums, its CSV records,
 * its SHA-256. Memory is constant. Thread-safe.
 */
@Singleton
class Verifier {

    private final long largestExpanded;

    @Inject
    Verifier(RelaySettings settings) {
        this.largestExpanded = settings.download().maxExpandedSize().bytes();
    }

    /**
     * @throws BadContentException if the bytes are not what the API promised
     * @throws DeliveryException if the file is refused for good
     * @throws IOException if the spool cannot be read
     */
    VerifiedContent verify(ExportFile file, Path download) throws BadContentException, DeliveryException, IOException {
        long size = Files.size(download);
        if (file.size() != null && size != file.size()) {
            throw new BadContentException(
                    "%s has %,d bytes, the API listed %,d".formatted(file.safeName(), size, file.size()));
        }
        FileFormat format = FileFormat.of(file.filename());
        MessageDigest sha256 = sha256();
        CsvRecordCounter counter = new CsvRecordCounter();
        // Ends only when every byte of the file is read, so the checksum covers all of it.
        try (InputStream content =
                format.content(new DigestInputStream(Files.newInputStream(download), sha256), Buffers.sizeFor(size))) {
            count(file, content, Buffers.sizeFor(size), counter);
        } catch (EOFException e) {
            throw new BadContentException(file.safeName() + " is not intact gzip (it ends too early)");
        } catch (ZipException e) {
            throw new BadContentException(file.safeName() + " is not intact gzip (" + e.getMessage() + ")");
        }
        String checksum = HexFormat.of().formatHex(sha256.digest());
        if (!format.isCsv()) {
            return new VerifiedContent(new VerifiedFile(file.fileId(), checksum, null), 0);
        }
        if (counter.endsInsideQuotes()) {
            throw new BadContentException(file.safeName() + " ends inside a quoted CSV field");
        }
        long records = Math.max(0, counter.lines() - 1);
        return new VerifiedContent(new VerifiedFile(file.fileId(), checksum, records), counter.emptyRecords());
    }

    private void count(ExportFile file, InputStream content, int bufferSize, CsvRecordCounter counter)
            throws IOException, DeliveryException {
        byte[] buffer = new byte[bufferSize];
        long expanded = 0;
        for (int n = content.read(buffer); n >= 0; n = content.read(buffer)) {
            counter.accept(buffer, 0, n);
            expanded += n;
            if (expanded > largestExpanded) {
                throw new DeliveryException(
                        FailureAction.PARK,
                        ("%s expands to more than relay.download.max-expanded-size=%,d bytes; raise it if the file is"
                                        + " genuine, restart, then replay")
                                .formatted(file.safeName(), largestExpanded));
            }
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
