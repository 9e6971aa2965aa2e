package org.exportrelay.destinations.s3;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;

/**
 * A file as the parts that it is uploaded in, with their SHA-256 checksums. Each part is read anew
 * whenever it is sent, so that it can be sent again and is never in memory whole.
 *
 * @param file the file
 * @param sha256 of the whole file, lower-case hex
 * @param parts in order
 */
record FileParts(File file, String sha256, List<Part> parts) {

    private static final int BUFFER = 64 * 1024;

    /**
     * @param number from 1
     * @param offset of its first byte
     * @param length in bytes
     * @param sha256 raw
     */
    record Part(int number, long offset, long length, byte[] sha256) {

        /** As S3 writes checksums. */
        String checksum() {
            return Base64.getEncoder().encodeToString(sha256);
        }
    }

    /** Reads the file once for its checksums. */
    static FileParts of(File file, long partSize) throws IOException {
        MessageDigest whole = newDigest();
        List<Part> parts = new ArrayList<>();
        long size = file.length();
        for (long offset = 0; offset < size || parts.isEmpty(); offset += partSize) {
            long length = Math.min(partSize, size - offset);
            MessageDigest digest = newDigest();
            byte[] buffer = new byte[BUFFER];
            try (InputStream in = new DigestInputStream(new FileRange(file, offset, length), digest)) {
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    whole.update(buffer, 0, n);
                }
            }
            parts.add(new Part(parts.size() + 1, offset, length, digest.digest()));
        }
        return new FileParts(file, HexFormat.of().formatHex(whole.digest()), List.copyOf(parts));
    }

    /** The checksum that S3 gives an object of several parts: that of their checksums, and how many. */
    String checksumOfParts() {
        MessageDigest digest = newDigest();
        parts.forEach(part -> digest.update(part.sha256()));
        return Base64.getEncoder().encodeToString(digest.digest()) + "-" + parts.size();
    }

    /** The bytes of a part. */
    InputStream open(Part part) {
        try {
            return new FileRange(file, part.offset(), part.length());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
