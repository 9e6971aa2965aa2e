package org.exportrelay.ledger;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.exportrelay.ledger.database.LedgerDatabase;

/**
 * A ledger that keeps nothing from one use to the next, for tests of routes. Only the last file id stays, with an export
 * that has expired: the ids of files that a spool may still have must not be given out again.
 */
public final class ScratchLedger {

    private static final List<String> STATEMENTS = List.of(
            "DELETE FROM delivery",
            "DELETE FROM delivery_count",
            "DELETE FROM file_location",
            "DELETE FROM destination",
            "DELETE FROM event",
            "DELETE FROM event_cursor",
            // Exports that expire after the first start of a relay are reported.
            """
            INSERT INTO event (at, kind, actor, message)
            VALUES ('1970-01-01T00:00:00.000Z', 'instance-started', 'relay', '')""",
            "DELETE FROM rejected_entry",
            "DELETE FROM export_file WHERE file_id < (SELECT max(file_id) FROM export_file)",
            """
            INSERT INTO export (export_id, status, expires_at, first_seen_at)
            SELECT '', 'completed', '1970-01-01T00:00:00.000Z', '1970-01-01T00:00:00.000Z'
            WHERE EXISTS (SELECT 1 FROM export_file) ON CONFLICT DO NOTHING""",
            "UPDATE export_file SET export_id = '', spool_state = 'none', spool_owner = NULL, spool_until = NULL",
            "DELETE FROM export WHERE export_id <> ''");

    private static final String FILE = "ledger.db";
    private static final Set<Path> DIRECTORIES = ConcurrentHashMap.newKeySet();

    private final LedgerDatabase database;
    private final DestinationStates states;

    /**
     * @param database open; what it has is deleted
     * @param url of the database
     * @param states of its destinations
     * @throws IllegalStateException if the URL is not that of a directory from {@link #createDirectory}: an operator's
     *     ledger is never cleared
     */
    public ScratchLedger(LedgerDatabase database, String url, DestinationStates states) {
        if (DIRECTORIES.stream().noneMatch(directory -> url(directory).equals(url))) {
            throw new IllegalStateException(
                    "tests of routes clear their ledger, and use no other than a temporary SQLite file of their own");
        }
        this.database = database;
        this.states = states;
    }

    /** A new temporary directory for a ledger and a data directory, which the caller deletes. */
    public static Path createDirectory() throws IOException {
        Path directory = Files.createTempDirectory("export-relay-test");
        DIRECTORIES.add(directory);
        return directory;
    }

    /** The {@code relay.ledger.url} of such a directory. */
    public static String url(Path directory) {
        return "jdbc:sqlite:" + directory.resolve(FILE);
    }

    /** Records events as if they had just happened. */
    public void record(List<Event> events) {
        database.jdbi().useTransaction(handle -> EventLog.append(handle, events));
    }

    /** Forgets what has happened. No route may run. */
    public void clear() {
        database.jdbi().useTransaction(handle -> STATEMENTS.forEach(handle::execute));
        states.changed();
    }
}
