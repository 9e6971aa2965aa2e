package org.exportrelay.destinations.table;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.HexFormat;
import java.util.Optional;
import org.exportrelay.component.ExportHeaders;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;

/**
 * Proof of delivered files: a row in a table beside the rows, written in their transaction. It records what the ledger
 * cannot know when the process dies between the commit of the database and that of the ledger, or when the ledger is an
 * old backup. The receipt is the first row of the transaction: its primary key makes another attempt of the same
 * delivery wait until this one has ended. For one connection.
 */
final class DeliveryReceipts {

    /** In the words of the databases that the relay knows. The id is a hash, since keys differ in length and collation. */
    private static final String COLUMNS = " (id char(64) NOT NULL PRIMARY KEY, destination varchar(255) NOT NULL,"
            + " target varchar(255) NOT NULL, export_id varchar(255) NOT NULL, file_name varchar(255) NOT NULL,"
            + " replay integer NOT NULL, export_created_at varchar(30), record_count bigint,"
            + " delivered_at timestamp DEFAULT CURRENT_TIMESTAMP NOT NULL)";

    private static final int LONGEST_TEXT = 255;

    private final TargetDatabase database;
    private final TableOptions options;
    private final String table;

    DeliveryReceipts(TargetDatabase database, TableOptions options) {
        this.database = database;
        this.options = options;
        this.table = database.quoted(options.receipts());
    }

    boolean tableExists() throws SQLException {
        return database.columns(options.receipts()).isPresent();
    }

    /**
     * Creates the table unless it exists.
     *
     * @throws DeliveryException if it does not exist, and the user may not create it
     */
    void createTable() throws DeliveryException, SQLException {
        if (tableExists()) {
            return;
        }
        String ddl = "CREATE TABLE " + table + COLUMNS + database.kind().tableSuffix();
        if (!database.kind().isKnown()) {
            throw new DeliveryException(
                    FailureAction.OUTAGE,
                    "the table of receipts, " + options.receipts() + ", is missing; create it with the types of "
                            + database.product() + ", like: " + ddl);
        }
        try {
            database.define(ddl, this::tableExists);
        } catch (SQLException e) {
            if (!TableFailures.isRefusal(e, database.kind())) {
                throw e;
            }
            throw new DeliveryException(
                    FailureAction.OUTAGE,
                    "the table of receipts, " + options.receipts() + ", is missing and the user may not create it ("
                            + TableFailures.text(e) + "); run: " + ddl,
                    e);
        }
    }

    /** Whether the file was delivered before. A replayed delivery is to be made again, so its old receipt does not count. */
    boolean has(Delivery delivery) throws SQLException {
        return database.value("SELECT id FROM " + table + " WHERE id = ?", id(delivery))
                .isPresent();
    }

    /**
     * Writes the receipt. Waits for an earlier attempt of the same delivery whose transaction is still open.
     *
     * @return false if that attempt, or another one, has delivered the file: then the transaction is undone
     */
    boolean insert(Delivery delivery) throws SQLException {
        String insert = "INSERT INTO " + table + " (id, destination, target, export_id, file_name, replay,"
                + " export_created_at) VALUES (?, ?, ?, ?, ?, ?, ?)";
        try (PreparedStatement sql = database.connection().prepareStatement(insert)) {
            sql.setString(1, id(delivery));
            sql.setString(2, shortened(delivery.destination()));
            sql.setString(3, shortened(options.table().toString()));
            sql.setString(4, shortened(delivery.file().exportId()));
            sql.setString(5, shortened(delivery.file().uniqueName()));
            sql.setInt(6, delivery.replays());
            sql.setString(7, ExportHeaders.text(delivery.file().createdAt()));
            sql.executeUpdate();
            return true;
        } catch (SQLException e) {
            if (database.afterRollback(() -> has(delivery), e)) {
                return false;
            }
            throw e;
        }
    }

    /** Completes a receipt of this transaction. */
    void setRecords(Delivery delivery, long records) throws SQLException {
        try (PreparedStatement sql =
                database.connection().prepareStatement("UPDATE " + table + " SET record_count = ? WHERE id = ?")) {
            sql.setLong(1, records);
            sql.setString(2, id(delivery));
            sql.executeUpdate();
        }
    }

    /** The name of a file of a later export that this destination has written to the table; empty if there is none. */
    Optional<String> laterFile(Delivery delivery) throws SQLException {
        String createdAt = ExportHeaders.text(delivery.file().createdAt());
        return createdAt == null
                ? Optional.empty()
                : database.value(
                        "SELECT file_name FROM " + table
                                + " WHERE destination = ? AND target = ? AND export_created_at > ?",
                        shortened(delivery.destination()),
                        shortened(options.table().toString()),
                        createdAt);
    }

    /** The name of another file of the same export that this destination has written to the table. */
    Optional<String> siblingFile(Delivery delivery) throws SQLException {
        return database.value(
                "SELECT file_name FROM " + table
                        + " WHERE destination = ? AND target = ? AND export_id = ? AND file_name <> ?",
                shortened(delivery.destination()),
                shortened(options.table().toString()),
                shortened(delivery.file().exportId()),
                shortened(delivery.file().uniqueName()));
    }

    private String id(Delivery delivery) {
        String key = String.join(
                "\0",
                delivery.destination(),
                options.table().toString(),
                delivery.file().exportId(),
                delivery.file().uniqueName(),
                Integer.toString(delivery.replays()));
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(key.getBytes(UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    private static String shortened(String text) {
        return text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT);
    }
}
