package org.exportrelay.destinations;

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
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;

/**
 * A file as the parts that it is uploaded in, with their checksums. Each part is read anew whenever it is sent, so that it
 * can be sent again and is never in memory whole.
 *
 * @param file the file
 * @param algorithm of the checksums of the parts
 * @param sha256 of the whole file, lower-case hex
 * @param parts in order; one, which is empty, of an empty file
 */
public record FileParts(File file, String algorithm, String sha256, List<Part> parts) {

    private static final String SHA256 = "SHA-256";
    private static final int BUFFER = 64 * 1024;

    /**
     * @param number from 1
     * @param offset of its first byte
     * @param length in bytes
     * @param digest its checksum, raw
     */
    public record Part(int number, long offset, long length, byte[] digest) {

        /** In base64, as stores write checksums. */
        public String checksum() {
            return Base64.getEncoder().encodeToString(digest);
        }
    }

    /**
     * Reads the file once for its checksums, and compares it with what was downloaded.
     *
     * @param sha256 of the download, lower-case hex
     * @param partSize in bytes
     * @param mostParts if the file had more, its parts are larger
     * @param algorithm of the checksums of the parts, such as {@code MD5}
     * @throws DeliveryException if it is no longer the file that was verified
     */
    public static FileParts verified(File file, String sha256, long partSize, int mostParts, String algorithm)
            throws IOException, DeliveryException {
        long smallest = (file.length() + mostParts - 1) / mostParts;
        FileParts parts = of(file, Math.max(partSize, smallest), algorithm);
        if (!parts.sha256().equals(sha256)) {
            throw new DeliveryException(
                    FailureAction.RETRY, file + " is no longer the file that was verified; check the disk");
        }
        return parts;
    }

    /** Reads the file once for its checksums. */
    static FileParts of(File file, long partSize, String algorithm) throws IOException {
        MessageDigest whole = newDigest(SHA256);
        List<Part> parts = new ArrayList<>();
        long size = file.length();
        for (long offset = 0; offset < size || parts.isEmpty(); offset += partSize) {
            long length = Math.min(partSize, size - offset);
            MessageDigest digest = newDigest(algorithm);
            byte[] buffer = new byte[BUFFER];
            try (InputStream in = new DigestInputStream(new FileRange(file, offset, length), digest)) {
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    whole.update(buffer, 0, n);
                }
            }
            parts.add(new Part(parts.size() + 1, offset, length, digest.digest()));
        }
        return new FileParts(file, algorithm, HexFormat.of().formatHex(whole.digest()), List.copyOf(parts));
    }

    /** The checksum that S3 gives an object of several parts: that of their checksums, and how many. */
    public String checksumOfParts() {
        MessageDigest digest = newDigest(algorithm);
        parts.forEach(part -> digest.update(part.digest()));
        return Base64.getEncoder().encodeToString(digest.digest()) + "-" + parts.size();
    }

    /** The bytes of a part. */
    public InputStream open(Part part) {
        try {
            return new FileRange(file, part.offset(), part.length());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static MessageDigest newDigest(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has " + algorithm, e);
        }
    }
}
