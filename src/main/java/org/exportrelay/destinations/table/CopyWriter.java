package org.exportrelay.destinations.table;

import java.sql.SQLException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.exportrelay.destinations.ReadAhead;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;
import org.postgresql.util.PSQLException;

/**
 * Streams rows into PostgreSQL by {@code COPY}. With a key, into a temporary table first, since {@code COPY} cannot
 * replace rows; of several rows with the same key the last one counts.
 */
final class CopyWriter implements RowWriter {

    private static final String TEMPORARY = "pg_temp.export_relay_rows";
    private static final Pattern LINE = Pattern.compile("COPY .*?, line (\\d+)", Pattern.DOTALL);

    private final TargetDatabase database;
    private final String table;
    private final List<Assignment> assignments;
    private final String columns;

    CopyWriter(TargetDatabase database, TableName table, List<Assignment> assignments) {
        this.database = database;
        this.table = database.quoted(table);
        this.assignments = assignments;
        this.columns = database.quoted(Assignment.names(assignments));
    }

    @Override
    public long write(FileSource source) throws SQLException {
        List<String> keys = Assignment.keyNames(assignments);
        if (keys.isEmpty()) {
            return copy(table, source);
        }
        String key = database.quoted(keys);
        String insert = "INSERT INTO " + table + " (" + columns + ") ";
        String upsert = database.upsertSuffix(assignments);
        // Fails before a row is sent if the table has no unique index, or the user may not update it.
        database.execute("EXPLAIN " + insert + "SELECT " + columns + " FROM " + table + " WHERE false" + upsert);
        database.execute("CREATE TEMPORARY TABLE " + TEMPORARY + " ON COMMIT DROP AS SELECT " + columns + " FROM "
                + table + " WITH NO DATA");
        long rows = copy(TEMPORARY, source);
        database.execute(insert + "SELECT DISTINCT ON (" + key + ") " + columns + " FROM " + TEMPORARY + " ORDER BY "
                + key + ", ctid DESC" + upsert);
        return rows;
    }

    private long copy(String target, FileSource source) throws SQLException {
        CopyIn copy = database.connection()
                .unwrap(PGConnection.class)
                .getCopyAPI()
                .copyIn("COPY " + target + " (" + columns + ") FROM STDIN");
        try (ReadAhead<byte[]> rows = source.ahead(new CopyText(source, assignments))) {
            while (rows.hasNext()) {
                byte[] bytes = rows.next();
                copy.writeToCopy(bytes, 0, bytes.length);
            }
            return copy.endCopy();
        } catch (SQLException e) {
            cancel(copy, e);
            throw e instanceof PSQLException refusal ? located(refusal) : e;
        } catch (RuntimeException | Error e) {
            cancel(copy, e);
            throw e;
        }
    }

    /** Otherwise every other statement on the connection, also its rollback, waits for the end of the copy for ever. */
    private static void cancel(CopyIn copy, Throwable failure) {
        if (!copy.isActive()) {
            return;
        }
        try {
            copy.cancelCopy();
        } catch (SQLException e) {
            failure.addSuppressed(e);
        }
    }

    private static SQLException located(PSQLException failure) {
        if (failure.getServerErrorMessage() == null
                || failure.getServerErrorMessage().getWhere() == null) {
            return failure;
        }
        Matcher line = LINE.matcher(failure.getServerErrorMessage().getWhere());
        return line.find() ? new RejectedRecord(failure, Long.parseLong(line.group(1))) : failure;
    }
}
