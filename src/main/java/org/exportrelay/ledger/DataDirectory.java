package org.exportrelay.ledger;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The relay's directory, owned by one process at a time. The lock is the operating system's, so it
 * ends with its process however that ends; whoever holds it knows that the last owner is dead and
 * may take over at once what that one left.
 */
public final class DataDirectory implements AutoCloseable {

    private static final String LOCK_FILE = "relay.lock";

    private final Path path;
    private final FileChannel channel;

    private DataDirectory(Path path, FileChannel channel) {
        this.path = path;
        this.channel = channel;
    }

    /**
     * Creates the directory if needed and takes its lock.
     *
     * @throws DataDirectoryException if another process owns it, or it cannot be written
     */
    public static DataDirectory own(Path path) {
        try {
            Files.createDirectories(path);
            FileChannel channel = FileChannel.open(
                    path.resolve(LOCK_FILE),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.READ,
                    StandardOpenOption.WRITE);
            if (!lock(channel)) {
                channel.close();
                throw new DataDirectoryException(
                        "relay.data-dir=" + path
                                + ": another Export Relay process uses it; stop that one, or set relay.data-dir to a directory of its own");
            }
            return new DataDirectory(path, channel);
        } catch (IOException e) {
            throw new DataDirectoryException("relay.data-dir=" + path + ": cannot be created or written (" + e
                    + "); make it a directory that this user may write to");
        }
    }

    private static boolean lock(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock();
            return lock != null;
        } catch (OverlappingFileLockException sameProcess) {
            return false;
        }
    }

    /** Where downloads lie until their last destination is done. */
    public Path spool() {
        return path.resolve("spool");
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
