package org.exportrelay.runtime;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import org.exportrelay.config.SettingsException;
import org.exportrelay.ledger.database.ProcessLock;

/**
 * The relay's directory, owned by one process at a time. The operating system releases its lock however the process
 * ends; a process that holds it knows that the last owner is dead, and may immediately take over what that one left.
 */
public final class DataDirectory implements AutoCloseable {

    private static final String LOCK_FILE = "relay.lock";

    private static final String SPOOL_FILE = "spool-id";

    private final ProcessLock lock;
    private final String spoolId;

    private DataDirectory(ProcessLock lock, String spoolId) {
        this.lock = lock;
        this.spoolId = spoolId;
    }

    /**
     * Creates the directory if needed and takes its lock.
     *
     * @throws SettingsException if another process owns it, or it cannot be written
     */
    public static DataDirectory own(Path path) {
        try {
            Files.createDirectories(path);
            ProcessLock lock = ProcessLock.take(path.resolve(LOCK_FILE))
                    .orElseThrow(() -> new SettingsException("relay.data-dir=" + path
                            + ": another Export Relay process uses it; stop that one, or set relay.data-dir to a"
                            + " directory of its own"));
            return new DataDirectory(lock, spoolId(path.resolve(SPOOL_FILE)));
        } catch (IOException e) {
            throw new SettingsException("relay.data-dir=" + path + ": cannot be created or written (" + e
                    + "); make it a directory that this user may write to");
        }
    }

    /** Created once: the next process of this directory finds in the ledger what its spool has. */
    private static String spoolId(Path file) throws IOException {
        if (!Files.exists(file) || Files.readString(file).isBlank()) {
            Files.writeString(file, UUID.randomUUID() + "\n");
        }
        return Files.readString(file).strip();
    }

    /** The name under which the ledger knows this directory's spool. */
    public String spoolId() {
        return spoolId;
    }

    @Override
    public void close() {
        lock.close();
    }
}
