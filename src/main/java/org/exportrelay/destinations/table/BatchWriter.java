package org.exportrelay.destinations.table;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.List;
import org.exportrelay.destinations.ReadAhead;
import org.exportrelay.records.ExportRecord;

/** Inserts rows by batches, in any JDBC database. */
final class BatchWriter implements RowWriter {

    private final TargetDatabase database;
    private final List<Assignment> assignments;
    private final String insert;

    BatchWriter(TargetDatabase database, TableName table, List<Assignment> assignments) {
        this.database = database;
        this.assignments = assignments;
        List<String> columns = Assignment.names(assignments);
        this.insert = "INSERT INTO " + database.quoted(table) + " (" + database.quoted(columns) + ") VALUES (?"
                + ", ?".repeat(columns.size() - 1) + ")"
                + (Assignment.keyNames(assignments).isEmpty() ? "" : database.upsertSuffix(assignments));
    }

    @Override
    public long write(FileSource source) throws SQLException {
        long written = 0;
        try (PreparedStatement sql = database.connection().prepareStatement(insert);
                ReadAhead<List<ExportRecord>> batches = source.ahead(source.batches())) {
            while (batches.hasNext()) {
                List<ExportRecord> batch = batches.next();
                write(batch, written, sql, source);
                written += batch.size();
            }
        }
        return written;
    }

    private void write(List<ExportRecord> batch, long before, PreparedStatement sql, FileSource source)
            throws SQLException {
        Savepoint begin = database.connection().setSavepoint();
        for (int i = 0; i < batch.size(); i++) {
            bind(batch.get(i), before + i + 1, sql, source);
            sql.addBatch();
        }
        try {
            sql.executeBatch();
        } catch (SQLException e) {
            if (TableFailures.isFault(e, database.kind())) {
                database.connection().rollback(begin);
                locate(batch, before, sql, source);
            }
            throw e;
        }
        if (database.kind().isKnown()) {
            // Some others, such as Oracle and SQL Server, release savepoints only with the transaction.
            database.connection().releaseSavepoint(begin);
        }
    }

    /** Drivers do not say reliably which row of a batch was refused: writes them again, one by one. */
    private void locate(List<ExportRecord> batch, long before, PreparedStatement sql, FileSource source)
            throws SQLException {
        sql.clearBatch();
        for (int i = 0; i < batch.size(); i++) {
            bind(batch.get(i), before + i + 1, sql, source);
            try {
                sql.executeUpdate();
            } catch (SQLException e) {
                throw new RejectedRecord(e, before + i + 1);
            }
        }
    }

    private void bind(ExportRecord row, long record, PreparedStatement sql, FileSource source) throws SQLException {
        for (int i = 0; i < assignments.size(); i++) {
            Assignment assignment = assignments.get(i);
            String value = assignment.value(row, source.exportId(), record);
            assignment.requireKey(value, source.file(), record);
            TableColumn column = assignment.column();
            Object argument = column.isNull(value) ? null : ColumnValue.of(value, column, source.file(), record);
            sql.setObject(i + 1, database.kind().argument(argument));
        }
    }
}
