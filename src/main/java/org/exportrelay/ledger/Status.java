package org.exportrelay.ledger;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.exportrelay.api.RejectedEntry;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.statement.StatementContext;

/**
 * What the ledger holds, for people and programs. Reads only, also beside a running relay, which it
 * keeps from nothing. Thread-safe.
 */
public final class Status {

    private final LedgerDatabase database;

    /**
     * @param database open
     */
    public Status(LedgerDatabase database) {
        this.database = database;
    }

    /** Deliveries by state; a state with none is absent. */
    public Map<DeliveryState, Long> totals() {
        Map<DeliveryState, Long> totals = new TreeMap<>();
        database.jdbi().useHandle(handle -> handle.createQuery("SELECT state, count(*) FROM delivery GROUP BY state")
                .map((row, context) -> Map.entry(DeliveryState.of(row.getString(1)), row.getLong(2)))
                .forEach(entry -> totals.put(entry.getKey(), entry.getValue())));
        return totals;
    }

    /**
     * Reads every delivery of every file of every export, oldest first, one row each; an export
     * without files and a file without deliveries are a row as well. Memory is constant.
     */
    public void forEach(Consumer<Row> consumer) {
        database.read(handle -> handle.createQuery(
                        """
                        SELECT e.*, f.file_id, f.filename, f.size, f.sha256,
                          d.destination, d.state, d.attempts, d.last_error, d.finished_at
                        FROM export e
                          LEFT JOIN export_file f ON f.export_id = e.export_id
                          LEFT JOIN delivery d ON d.file_id = f.file_id
                        ORDER BY e.first_seen_at, e.export_id, f.file_id, d.destination""")
                .setFetchSize(500)
                .map(Status::row)
                .forEach(consumer));
    }

    /** The entries of the list that cannot be understood. */
    public List<RejectedEntry> rejected() {
        return database.jdbi().withHandle(handle -> handle.createQuery(
                        "SELECT export_id, reason FROM rejected_entry ORDER BY first_seen_at, export_id")
                .map((row, context) -> new RejectedEntry(row.getString(1), row.getString(2)))
                .list());
    }

    private static Row row(ResultSet row, StatementContext context) throws SQLException {
        return new Row(
                row.getString("export_id"),
                row.getString("name"),
                row.getString("status"),
                Sql.number(row, "progress"),
                row.getString("progress_stage"),
                Sql.number(row, "record_count"),
                Sql.number(row, "file_size"),
                Sql.instant(row, "created_at", context),
                Sql.instant(row, "updated_at", context),
                Sql.instant(row, "expires_at", context),
                Sql.number(row, "file_id"),
                row.getString("filename"),
                Sql.number(row, "size"),
                row.getString("sha256"),
                row.getString("destination"),
                row.getString("state") == null ? null : DeliveryState.of(row.getString("state")),
                row.getInt("attempts"),
                row.getString("last_error"),
                Sql.instant(row, "finished_at", context));
    }

    /**
     * A delivery with its file and its export.
     *
     * @param fileId null if the export has no file
     * @param destination null if the file has no delivery
     * @param finishedAt null while the delivery is not final
     */
    public record Row(
            String exportId,
            String name,
            String status,
            Long progress,
            String progressStage,
            Long recordCount,
            Long fileSize,
            Instant createdAt,
            Instant updatedAt,
            Instant expiresAt,
            Long fileId,
            String filename,
            Long size,
            String sha256,
            String destination,
            DeliveryState state,
            int attempts,
            String error,
            Instant finishedAt) {}
}
