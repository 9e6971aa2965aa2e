package org.exportrelay.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.exportrelay.config.SettingsException;
import org.exportrelay.ledger.database.ProcessLock;

/**
 * The relay's directory, owned by one process at a time. The operating system releases its lock however the process
 * ends; a process that holds it knows that the last owner is dead, and may immediately take over what that one left.
 */
public final class DataDirectory implements AutoCloseable {

    private static final String LOCK_FILE = "relay.lock";

    private final ProcessLock lock;

    private DataDirectory(ProcessLock lock) {
        this.lock = lock;
    }

    /**
     * Creates the directory if needed and takes its lock.
     *
     * @throws SettingsException if another process owns it, or it cannot be written
     */
    public static DataDirectory own(Path path) {
        try {
            Files.createDirectories(path);
            return ProcessLock.take(path.resolve(LOCK_FILE))
                    .map(lock -> new DataDirectory(lock))
                    .orElseThrow(
                            () -> new SettingsException(
                                    "relay.data-dir=" + path
                                            + ": another Export Relay process uses it; stop that one, or set relay.data-dir to a directory of its own"));
        } catch (IOException e) {
            throw new SettingsException("relay.data-dir=" + path + ": cannot be created or written (" + e
                    + "); make it a directory that this user may write to");
        }
    }

    @Override
    public void close() {
        lock.close();
    }
}
