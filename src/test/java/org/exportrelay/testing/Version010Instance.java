package org.exportrelay.testing;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.flywaydb.core.Flyway;

/**
 * The ledger of an instance of version 0.1.0 on PostgreSQL: the statements that it executes to record exports, create
 * deliveries, download, deliver and hold its leases, word for word but for their parameters. What it downloads and delivers
 * is only recorded. For one thread.
 */
public final class Version010Instance {

    private static final String DESTINATION = "archive";
    private static final int MOST = 8;
    private static final Duration LEASE = Duration.ofMinutes(2);
    private static final String OPEN = "state IN ('pending', 'retrying', 'in_progress')";
    private static final String WAITED_FOR =
            "EXISTS (SELECT 1 FROM delivery d WHERE d.file_id = export_file.file_id AND d." + OPEN
                    + " AND d.needs_file)";
    private static final String FREE =
            "UPDATE export_file SET spool_state = 'none', spool_owner = NULL, spool_until = NULL";

    private final RelayLedger ledger;
    private final String owner = UUID.randomUUID().toString();
    private final List<Long> delivered = new CopyOnWriteArrayList<>();

    public Version010Instance(RelayLedger ledger) {
        this.ledger = ledger;
    }

    /** Creates the tables of version 0.1.0. */
    public void createLedger() {
        Flyway.configure()
                .dataSource(ledger.url(), ledger.username(), "")
                .locations("classpath:db/migration")
                .placeholders(Map.of("instant", "timestamptz"))
                .target("3")
                .load()
                .migrate();
    }

    /** The files that it has delivered. */
    public List<Long> delivered() {
        return delivered;
    }

    /** Its route starts. */
    public void startRoute() throws SQLException {
        update(
                """
                INSERT INTO destination
                  (name, name_pattern, backfill, first_started_at, backfill_until, enrolled_until)
                VALUES (?, '*', true, ?, 0, 0) ON CONFLICT DO NOTHING""",
                DESTINATION,
                now());
    }

    /** It has found an export with one file in the list. */
    public void record(String exportId, String name, String filename, Instant createdAt, Instant expiresAt)
            throws SQLException {
        try (Connection connection = ledger.connect()) {
            connection.setAutoCommit(false);
            update(
                    connection,
                    """
                    INSERT INTO export (export_id, name, status, progress, progress_stage, record_count, file_size,
                      created_at, updated_at, expires_at, first_seen_at, last_seen_at)
                    VALUES (?, ?, 'completed', NULL, NULL, NULL, NULL, ?, ?, ?, ?, ?)""",
                    exportId,
                    name,
                    Timestamp.from(createdAt),
                    Timestamp.from(createdAt),
                    Timestamp.from(expiresAt),
                    now(),
                    now());
            long fileId = ids(connection, "SELECT coalesce(max(file_id), 0) FROM export_file")
                            .get(0)
                    + 1;
            update(
                    connection,
                    """
                    INSERT INTO export_file (file_id, export_id, filename, occurrence, safe_name, size)
                    VALUES (?, ?, ?, 1, ?, NULL)""",
                    fileId,
                    exportId,
                    filename,
                    filename);
            connection.commit();
        }
    }

    /** One round of its maintenance and of its route. */
    public void work() throws SQLException {
        createDeliveries();
        download();
        renewLeases();
        deliver();
        update(
                FREE + " WHERE spool_owner = ? AND spool_state <> 'none' AND spool_state = 'ready' AND NOT "
                        + WAITED_FOR,
                owner);
        update(FREE + " WHERE spool_state <> 'none' AND spool_until <= ? AND file_id NOT IN (-1)", now());
        update(
                "UPDATE delivery SET state = 'retrying', next_attempt_at = ?, claim = NULL, lease_owner = NULL, lease_until"
                        + " = NULL WHERE " + OPEN
                        + " AND state = 'in_progress' AND lease_until <= ? AND delivery_id NOT IN ('')",
                now(),
                now());
    }

    private void createDeliveries() throws SQLException {
        try (Connection connection = ledger.connect()) {
            connection.setAutoCommit(false);
            long until = ids(
                            connection,
                            "SELECT enrolled_until FROM destination WHERE name = ? AND name_pattern = '*'",
                            DESTINATION)
                    .get(0);
            List<Long> files = ids(
                    connection,
                    """
                    SELECT f.file_id, e.name, e.expires_at
                    FROM export_file f JOIN export e ON e.export_id = f.export_id
                    WHERE f.file_id > ? ORDER BY f.file_id LIMIT 500""",
                    until);
            for (long file : files) {
                update(
                        connection,
                        """
                        INSERT INTO delivery
                          (delivery_id, file_id, destination, needs_file, state, next_attempt_at, expires_at, created_at)
                        SELECT ?, f.file_id, ?, true, 'pending', ?, e.expires_at, ?
                        FROM export_file f JOIN export e ON e.export_id = f.export_id WHERE f.file_id = ?
                        ON CONFLICT DO NOTHING""",
                        UUID.randomUUID().toString(),
                        DESTINATION,
                        now(),
                        now(),
                        file);
            }
            if (!files.isEmpty()) {
                update(
                        connection,
                        """
                        UPDATE destination SET enrolled_until = ?
                        WHERE name = ? AND name_pattern = '*' AND enrolled_until = ?""",
                        files.get(files.size() - 1),
                        DESTINATION,
                        until);
            }
            connection.commit();
        }
    }

    private void download() throws SQLException {
        List<Long> claimed;
        try (Connection connection = ledger.connect()) {
            connection.setAutoCommit(false);
            List<Long> due = ids(
                    connection,
                    """
                    SELECT d.file_id, d.expires_at, f.export_id
                    FROM delivery d JOIN export_file f ON f.file_id = d.file_id JOIN export e ON e.export_id = f.export_id
                    WHERE d.destination = ? AND d.%s AND d.state <> 'in_progress' AND d.needs_file
                      AND d.next_attempt_at <= ? AND d.expires_at > ?
                      AND f.spool_state = 'none' AND f.file_id NOT IN (-1)
                    ORDER BY d.expires_at, d.file_id LIMIT ? FOR NO KEY UPDATE OF e SKIP LOCKED"""
                            .formatted(OPEN),
                    DESTINATION,
                    now(),
                    now(),
                    MOST);
            claimed = new ArrayList<>();
            for (long file : due) {
                claimed.addAll(ids(
                        connection,
                        "UPDATE export_file SET spool_state = 'downloading', spool_owner = ?, spool_until = ? WHERE"
                                + " export_id IN (SELECT export_id FROM export_file WHERE file_id = ?) AND spool_state = 'none'"
                                + " AND file_id NOT IN (-1) AND (records IS NULL OR " + WAITED_FOR
                                + ") RETURNING file_id",
                        owner,
                        later(),
                        file));
            }
            connection.commit();
        }
        for (long file : claimed) {
            update(
                    """
                    UPDATE export_file SET spool_state = 'ready', sha256 = ?, records = ?
                    WHERE file_id = ? AND spool_owner = ?""",
                    "0".repeat(64),
                    10L,
                    file,
                    owner);
        }
    }

    private void deliver() throws SQLException {
        String claim = UUID.randomUUID().toString();
        List<Long> files;
        try (Connection connection = ledger.connect()) {
            files = ids(
                    connection,
                    """
                    WITH due AS MATERIALIZED (
                      SELECT d.delivery_id FROM delivery d
                      WHERE d.destination = ? AND d.%s AND d.state <> 'in_progress' AND d.next_attempt_at <= ?
                        AND d.delivery_id NOT IN ('') AND (NOT d.needs_file OR EXISTS (
                          SELECT 1 FROM export_file f WHERE f.file_id = d.file_id
                            AND f.spool_state = 'ready' AND f.spool_owner = ?))
                      ORDER BY d.expires_at, d.file_id LIMIT ? FOR UPDATE SKIP LOCKED)
                    UPDATE delivery SET state = 'in_progress', attempts = attempts + 1, claims = claims + 1,
                      started_at = ?,
                      claim = ?, lease_owner = ?, lease_until = ?
                    WHERE delivery_id IN (SELECT delivery_id FROM due)
                    RETURNING file_id"""
                            .formatted(OPEN),
                    DESTINATION,
                    now(),
                    owner,
                    MOST,
                    now(),
                    claim,
                    owner,
                    later());
        }
        for (long file : files) {
            delivered.add(file);
            int settled = update(
                    """
                    UPDATE delivery SET state = 'delivered', attempts = attempts - 0, last_error = NULL,
                      next_attempt_at = ?, finished_at = ?,
                      claim = NULL, lease_owner = NULL, lease_until = NULL, bytes = ?, records = ?
                    WHERE file_id = ? AND claim = ?""",
                    now(),
                    now(),
                    100L,
                    10L,
                    file,
                    claim);
            if (settled != 1) {
                throw new IllegalStateException("the claim on the delivery of file " + file + " was lost");
            }
        }
    }

    private void renewLeases() throws SQLException {
        update(
                """
                UPDATE export_file SET spool_until = ? WHERE file_id IN (
                  SELECT file_id FROM export_file WHERE spool_owner = ? AND spool_state <> 'none'
                    AND (spool_state = 'ready' OR file_id IN (-1)) FOR UPDATE SKIP LOCKED)""",
                later(),
                owner);
    }

    private int update(String sql, Object... parameters) throws SQLException {
        try (Connection connection = ledger.connect()) {
            return update(connection, sql, parameters);
        }
    }

    private static int update(Connection connection, String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = prepare(connection, sql, parameters)) {
            return statement.executeUpdate();
        }
    }

    /** The first column of each row. */
    private static List<Long> ids(Connection connection, String sql, Object... parameters) throws SQLException {
        try (PreparedStatement statement = prepare(connection, sql, parameters);
                ResultSet rows = statement.executeQuery()) {
            List<Long> ids = new ArrayList<>();
            while (rows.next()) {
                ids.add(rows.getLong(1));
            }
            return ids;
        }
    }

    private static PreparedStatement prepare(Connection connection, String sql, Object... parameters)
            throws SQLException {
        PreparedStatement statement = connection.prepareStatement(sql);
        for (int i = 0; i < parameters.length; i++) {
            statement.setObject(i + 1, parameters[i]);
        }
        return statement;
    }

    private static Timestamp now() {
        return Timestamp.from(Instant.now());
    }

    private static Timestamp later() {
        return Timestamp.from(Instant.now().plus(LEASE));
    }
}
