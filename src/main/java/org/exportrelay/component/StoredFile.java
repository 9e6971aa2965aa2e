package org.exportrelay.component;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.HexFormat;

/** A verified file that is read again, and compared with its checksum meanwhile. Not thread-safe. */
final class StoredFile {

    private final Path path;
    private final String sha256;
    private MessageDigest digest;

    /**
     * @param sha256 of the file when it was verified, in lower-case hex
     */
    StoredFile(Path path, String sha256) {
        this.path = path;
        this.sha256 = sha256;
    }

    Path path() {
        return path;
    }

    /** Its bytes from the first one; the checksum begins again. */
    InputStream open() throws IOException {
        digest = Sha256.digest();
        return new DigestInputStream(Files.newInputStream(path), digest);
    }

    /** Whether what {@link #open} has returned was other bytes than those verified; once, after its last byte was read. */
    boolean wasChanged() {
        return !HexFormat.of().formatHex(digest.digest()).equals(sha256);
    }

    /** Reads all of it to find out; false if it cannot be read. */
    boolean isChanged() {
        try (InputStream bytes = open()) {
            bytes.transferTo(OutputStream.nullOutputStream());
            return wasChanged();
        } catch (IOException unreadable) {
            return false;
        }
    }
}
