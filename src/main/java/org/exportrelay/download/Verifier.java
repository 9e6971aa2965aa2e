package org.exportrelay.download;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.VerifiedFile;
import org.exportrelay.records.CsvRecordCounter;

/**
 * Reads a complete download once more before anyone sees it: its size, its gzip checksums, its CSV
 * records, its SHA-256. Memory is constant. Thread-safe.
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
    VerifiedFile verify(ExportFile file, Path download) throws BadContentException, DeliveryException, IOException {
        long size = Files.size(download);
        if (file.size() != null && size != file.size()) {
            throw new BadContentException(
                    "%s has %,d bytes, the API listed %,d".formatted(file.safeName(), size, file.size()));
        }
        MessageDigest sha256 = sha256();
        CsvRecordCounter counter = new CsvRecordCounter();
        try (InputStream raw = new DigestInputStream(Files.newInputStream(download), sha256)) {
            count(file, raw, Buffers.sizeFor(size), counter);
            // What follows the compressed data belongs to the file, and so to its checksum.
            raw.transferTo(OutputStream.nullOutputStream());
        }
        if (isCsv(file) && counter.endsInsideQuotes()) {
            throw new BadContentException(file.safeName() + " ends inside a quoted CSV field");
        }
        Long records = isCsv(file) ? Math.max(0, counter.lines() - 1) : null;
        return new VerifiedFile(file.fileId(), HexFormat.of().formatHex(sha256.digest()), records);
    }

    private void count(ExportFile file, InputStream raw, int bufferSize, CsvRecordCounter counter)
            throws IOException, BadContentException, DeliveryException {
        byte[] buffer = new byte[bufferSize];
        long expanded = 0;
        InputStream unclosed = new Unclosed(raw, bufferSize);
        try (InputStream content = isGzip(file) ? new GZIPInputStream(unclosed, bufferSize) : unclosed) {
            for (int n = content.read(buffer); n >= 0; n = content.read(buffer)) {
                counter.accept(buffer, 0, n);
                expanded += n;
                if (expanded > largestExpanded) {
                    throw new DeliveryException(
                            FailureAction.PARK,
                            "%s expands to more than relay.download.max-expanded-size=%,d bytes; raise it if the file is genuine"
                                    .formatted(file.safeName(), largestExpanded));
                }
            }
        } catch (EOFException e) {
            throw new BadContentException(file.safeName() + " is not intact gzip (it ends too early)");
        } catch (ZipException e) {
            throw new BadContentException(file.safeName() + " is not intact gzip (" + e.getMessage() + ")");
        }
    }

    private static boolean isGzip(ExportFile file) {
        return file.filename().toLowerCase(Locale.ROOT).endsWith(".gz");
    }

    private static boolean isCsv(ExportFile file) {
        String name = file.filename().toLowerCase(Locale.ROOT);
        return name.endsWith(".csv") || name.endsWith(".csv.gz");
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Lets the decompressor be closed while the digest reads on. */
    private static final class Unclosed extends BufferedInputStream {

        Unclosed(InputStream in, int bufferSize) {
            super(in, bufferSize);
        }

        @Override
        public void close() {
            // The stream below is the caller's.
        }
    }
}
