package org.exportrelay.ledger;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The relay's directory, owned by one process at a time. The lock is the operating system's, so it
 * ends with its process however that ends; whoever holds it knows that the last owner is dead and
 * may take over at once what that one left.
 */
public final class DataDirectory implements AutoCloseable {

    private static final String LOCK_FILE = "relay.lock";

    private final Path path;
    private final ProcessLock lock;

    private DataDirectory(Path path, ProcessLock lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Creates the directory if needed and takes its lock.
     *
     * @throws DataDirectoryException if another process owns it, or it cannot be written
     */
    public static DataDirectory own(Path path) {
        try {
            Files.createDirectories(path);
            return ProcessLock.take(path.resolve(LOCK_FILE))
                    .map(lock -> new DataDirectory(path, lock))
                    .orElseThrow(
                            () -> new DataDirectoryException(
                                    "relay.data-dir=" + path
                                            + ": another Export Relay process uses it; stop that one, or set relay.data-dir to a directory of its own"));
        } catch (IOException e) {
            throw new DataDirectoryException("relay.data-dir=" + path + ": cannot be created or written (" + e
                    + "); make it a directory that this user may write to");
        }
    }

    /** Where downloads lie until their last destination is done. */
    public Path spool() {
        return path.resolve("spool");
    }

    @Override
    public void close() {
        lock.close();
    }
}
