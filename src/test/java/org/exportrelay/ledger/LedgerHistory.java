package org.exportrelay.ledger;

import java.util.List;
import org.exportrelay.ledger.database.Dialect;
import org.exportrelay.ledger.database.LedgerDatabase;

/** Makes a ledger one that has worked for weeks: nearly all of its rows are of exports long done. */
final class LedgerHistory {

    private static final String NUMBERS =
            " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) ";
    private static final List<String> FILL = List.of(
            "INSERT INTO export (export_id, name, status, created_at, updated_at, expires_at, first_seen_at)"
                    + NUMBERS
                    + "SELECT 'past-' || i, 'properties_export', 'completed', {then}, {then}, {then}, {then} FROM n",
            "INSERT INTO export_file (file_id, export_id, filename, occurrence, safe_name, size, sha256, records)"
                    + NUMBERS
                    + "SELECT i, 'past-' || i, 'properties.csv.gz', 1, 'properties.csv.gz', 2000, 'a', 10 FROM n",
            "INSERT INTO delivery (delivery_id, file_id, destination, needs_file, state, attempts, claims,"
                    + " next_attempt_at, expires_at, created_at, finished_at, bytes, records)"
                    + NUMBERS
                    + """
                    SELECT {id}, i, d.name, d.name = 'archive', CASE WHEN i % 500 = 0 THEN 'parked' ELSE 'delivered' END, 1, 1,
                      {then}, {then}, {then}, {then}, 2000, 10 FROM n CROSS JOIN destination d""",
            "INSERT INTO file_location (location, delivery_id)"
                    + " SELECT 'file:/archive/' || file_id, delivery_id FROM delivery WHERE destination = 'archive'",
            "INSERT INTO rejected_entry (export_id, reason, first_seen_at)"
                    + NUMBERS
                    + "SELECT 'rejected-' || i, 'it has no status', {then} FROM n",
            "UPDATE destination SET enrolled_until = {count}, backfill_until = {count}",
            "INSERT INTO event (at, kind, actor, destination, export_id, message)"
                    + NUMBERS
                    + "SELECT {then}, 'attempt-failed', 'relay', 'archive', 'past-' || i, 'refused' FROM n",
            "INSERT INTO delivery_count (destination, state, shard, deliveries, last_at)"
                    + " SELECT destination, state, 99, count(*), max(finished_at) FROM delivery GROUP BY destination, state");

    private static final List<String> BACKLOG = List.of(
            "INSERT INTO export (export_id, name, status, created_at, updated_at, expires_at, first_seen_at)"
                    + NUMBERS
                    + "SELECT 'open-' || i, 'properties_export', 'completed', {then}, {then}, {expiry}, {then} FROM n",
            "INSERT INTO export_file (file_id, export_id, filename, occurrence, safe_name, size, sha256, records,"
                    + " spool_state, spool_owner, spool_until)"
                    + NUMBERS
                    + """
                    SELECT i, 'open-' || i, 'properties.csv.gz', 1, 'properties.csv.gz', 2000, 'a', 10,
                      CASE WHEN i % 2 = 0 THEN 'ready' ELSE 'none' END, CASE WHEN i % 2 = 0 THEN '{spool}' END,
                      CASE WHEN i % 2 = 0 THEN {expiry} END FROM n""",
            "INSERT INTO delivery (delivery_id, file_id, destination, needs_file, state, next_attempt_at, expires_at,"
                    + " created_at, spooled_by)"
                    + NUMBERS
                    + """
                    SELECT {id}, i, '{destination}', true, 'pending', {then}, {expiry}, {then},
                      CASE WHEN i % 2 = 0 THEN '{spool}' ELSE '' END FROM n""",
            "UPDATE destination SET enrolled_until = {count}, backfill_until = {count}");

    private LedgerHistory() {}

    /**
     * Lets a destination have a backlog, on a ledger without exports.
     *
     * @param spool has every second file
     */
    static void addBacklog(LedgerDatabase database, String destination, int deliveries, String spool) {
        database.jdbi()
                .useTransaction(handle ->
                        BACKLOG.forEach(sql -> handle.execute(sql.replace("{count}", Integer.toString(deliveries))
                                .replace("{expiry}", instant(database).replace("2024", "2027"))
                                .replace("{then}", instant(database))
                                .replace("{destination}", destination)
                                .replace("{spool}", spool)
                                .replace("{id}", id(database)))));
    }

    /**
     * @param exports of one file each, a minute apart; each is delivered, or parked, at every destination
     */
    static void fill(LedgerDatabase database, int exports) {
        database.jdbi()
                .useTransaction(
                        handle -> FILL.forEach(sql -> handle.execute(sql.replace("{count}", Integer.toString(exports))
                                .replace("{then}", instant(database))
                                .replace("{id}", id(database)))));
    }

    /** As PostgreSQL does by itself after so many changes; SQLite never does, and works without. */
    static void analyze(LedgerDatabase database) {
        if (database.dialect() == Dialect.POSTGRESQL) {
            database.jdbi().useHandle(handle -> handle.execute("ANALYZE"));
        }
    }

    private static String instant(LedgerDatabase database) {
        return database.dialect() == Dialect.SQLITE
                ? "strftime('%Y-%m-%dT%H:%M:%fZ', '2024-01-01', i || ' minutes')"
                : "TIMESTAMPTZ '2024-01-01 00:00Z' + i * INTERVAL '1 minute'";
    }

    static String id(LedgerDatabase database) {
        return database.dialect() == Dialect.SQLITE ? "lower(hex(randomblob(16)))" : "gen_random_uuid()::text";
    }
}
