package org.exportrelay.ledger;

import java.util.List;
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

    private final LedgerDatabase database;
    private final DestinationStates states;

    /**
     * @param database open, and of no operator's: what it has is deleted
     * @param states of its destinations
     */
    public ScratchLedger(LedgerDatabase database, DestinationStates states) {
        this.database = database;
        this.states = states;
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
