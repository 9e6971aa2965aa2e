package org.exportrelay.ledger;

import java.sql.ResultSet;
import java.sql.SQLException;
import org.exportrelay.delivery.ExportFile;
import org.jdbi.v3.core.mapper.RowMapper;
import org.jdbi.v3.core.statement.StatementContext;

/** Reads a file and its export from a row of {@link #COLUMNS}. */
final class ExportFileMapper implements RowMapper<ExportFile> {

    /** To select {@code FROM export_file f JOIN export e}. */
    static final String COLUMNS =
            """
            f.file_id, f.export_id, e.name AS export_name, f.filename, f.occurrence, f.safe_name, f.size, f.sha256, \
            f.records, e.record_count, e.created_at, e.updated_at, e.expires_at""";

    @Override
    public ExportFile map(ResultSet row, StatementContext context) throws SQLException {
        return new ExportFile(
                row.getLong("file_id"),
                row.getString("export_id"),
                row.getString("export_name"),
                row.getString("filename"),
                row.getInt("occurrence"),
                row.getString("safe_name"),
                Sql.number(row, "size"),
                row.getString("sha256"),
                Sql.number(row, "records"),
                Sql.number(row, "record_count"),
                Sql.instant(row, "created_at", context),
                Sql.instant(row, "updated_at", context),
                Sql.instant(row, "expires_at", context));
    }
}
