package org.exportrelay.component;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.exportrelay.delivery.DeliveredContent;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;

/**
 * A file that is being written: its size, its checksum and its limits. After a failure, nothing more is written, and there is
 * no {@link #content}: who writes to it may try to end what he has begun, and ignore that this fails. Not thread-safe.
 */
final class CopyFile extends OutputStream {

    private static final int BUFFER = 128 * 1024;
    /** Left free for the ledger, which is likely to be on the same disk. */
    private static final long SPARE_BYTES = 16 << 20;
    /** After so many bytes, the disk is asked again: half of what is left free. */
    private static final long CHECK_BYTES = SPARE_BYTES / 2;

    private final Path path;
    private final String name;
    private final long largest;
    private final MessageDigest digest;
    private final OutputStream out;
    private long size;
    private long checkAt;
    /** The first one; null before. */
    private IOException failure;

    /**
     * @param path where it is written; replaced if it exists
     * @param name for messages
     * @param largest {@code relay.download.max-expanded-size}
     */
    CopyFile(Path path, String name, long largest, MessageDigest digest) throws IOException {
        this.path = path;
        this.name = name;
        this.largest = largest;
        this.digest = digest;
        this.out = new BufferedOutputStream(Files.newOutputStream(path), BUFFER);
    }

    @Override
    public void write(int oneByte) throws IOException {
        write(new byte[] {(byte) oneByte}, 0, 1);
    }

    /**
     * @throws IOException if the disk cannot be written; caused by a {@link DeliveryException} if the file becomes larger
     *     than it may, or the disk is nearly full
     */
    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
        if (failure != null) {
            return;
        }
        try {
            requireRoom(length);
            out.write(bytes, offset, length);
        } catch (DeliveryException e) {
            failure = new IOException(e);
            throw failure;
        } catch (IOException e) {
            failure = e;
            throw e;
        }
        digest.update(bytes, offset, length);
        size += length;
    }

    private void requireRoom(int length) throws DeliveryException {
        if (size + length > largest) {
            throw new DeliveryException(
                    FailureAction.PARK,
                    ("%s becomes larger than relay.download.max-expanded-size=%,d bytes in the form that the route asks for;"
                                    + " raise it if the file is genuine, restart, then replay")
                            .formatted(name, largest));
        }
        if (size >= checkAt) {
            requireSpace();
            checkAt = size + CHECK_BYTES;
        }
    }

    /** A disk that cannot be asked has 0 bytes: then the write itself fails, if it is full. */
    private void requireSpace() throws DeliveryException {
        long usable = path.toFile().getUsableSpace();
        if (usable > 0 && usable < SPARE_BYTES) {
            throw new DeliveryException(
                    FailureAction.OUTAGE,
                    "the disk of %s has only %,d bytes left, too few for a copy of %s; free some space, or lower parallel"
                            .formatted(path.getParent(), usable, name));
        }
    }

    /**
     * Closes the file.
     *
     * @return of all that was written; once
     * @throws IOException the first failure, if there was one
     */
    DeliveredContent content() throws IOException {
        close();
        if (failure != null) {
            throw failure;
        }
        return new DeliveredContent(size, HexFormat.of().formatHex(digest.digest()));
    }

    /** Throws nothing, for those who ignore it: {@link #content} does. */
    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException e) {
            failure = failure == null ? e : failure;
        }
    }
}
