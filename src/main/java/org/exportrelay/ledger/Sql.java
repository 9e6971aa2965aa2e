package org.exportrelay.ledger;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import org.jdbi.v3.core.statement.StatementContext;

/** What several statements share. */
final class Sql {

    /** The condition of the partial indexes, to the letter: SQLite uses them only where it is repeated. */
    static final String OPEN = "state IN ('pending', 'retrying', 'in_progress')";

    private static final int LONGEST_ERROR = 1000;

    private Sql() {}

    /** An error as it is stored. */
    static String shortened(String error) {
        return error == null || error.length() <= LONGEST_ERROR ? error : error.substring(0, LONGEST_ERROR) + "…";
    }

    /** A number, or null. */
    static Long number(ResultSet row, String column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : value;
    }

    /** A point in time, or null. */
    static Instant instant(ResultSet row, String column, StatementContext context) throws SQLException {
        return context.findColumnMapperFor(Instant.class).orElseThrow().map(row, row.findColumn(column), context);
    }
}
