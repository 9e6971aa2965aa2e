package org.exportrelay.ledger;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.jdbi.v3.core.statement.StatementContext;

/** Parts of SQL that several statements share. */
final class Sql {

    /** The condition of the partial indexes, literally: SQLite uses them only where it is repeated. */
    static final String OPEN = "state IN ('pending', 'retrying', 'in_progress')";

    /**
     * Open or parked, for a statement that looks up deliveries by their files. Matches no partial index on purpose: before
     * PostgreSQL has statistics, as on a ledger that fills for the first time, it would read the indexes of all open and of
     * all parked deliveries for each file.
     */
    static final String OPEN_OR_PARKED = "state IN ('pending', 'retrying', 'in_progress', 'parked')";

    /** Held by the spool {@code :owner}, for files that are looked up by their ids. Matches no index, for the same reason. */
    static final String OF_OWNER = "coalesce(spool_owner, '') = :owner";

    /**
     * True for each delivery. Selects the index of all deliveries of a destination, which SQLite would otherwise also choose
     * where only the open ones are needed.
     */
    static final String IN_HISTORY = "file_id >= 0";

    /**
     * The order in which every transaction locks several deliveries {@code d}: those of files first, since their end may make
     * manifests due; then by ids, which sort alike in every collation.
     */
    static final String LOCK_ORDER = "d.manifest IS NOT NULL, d.file_id, d.delivery_id";

    /** The safe name of what a delivery {@code d} of a file {@code f} brings. */
    static final String SAFE_NAME = "coalesce(d.manifest, f.safe_name) AS safe_name";

    private static final int LONGEST_ERROR = 1000;
    private static final int LONGEST_PADDED = 16_384;
    private static final int CHUNK = 1000;

    private Sql() {}

    /** Ids for an IN list, none included; see {@link #padded}. */
    static List<String> ids(Collection<String> ids) {
        return padded(List.copyOf(ids), "");
    }

    /** Lists that are short enough for the parameters of a statement. */
    static <T> List<List<T>> chunks(Collection<T> values) {
        List<T> all = List.copyOf(values);
        return IntStream.range(0, (all.size() + CHUNK - 1) / CHUNK)
                .mapToObj(i -> all.subList(i * CHUNK, Math.min(all.size(), (i + 1) * CHUNK)))
                .toList();
    }

    /** File ids for an IN list, none included; see {@link #padded}. */
    static List<Long> fileIds(Collection<Long> fileIds) {
        return padded(List.copyOf(fileIds), -1L);
    }

    /**
     * Filled up with a value that no row has: never empty, since an empty list is no SQL, and of few lengths, so that
     * prepared statements are reused.
     */
    private static <T> List<T> padded(List<T> values, T filler) {
        int length = Math.max(1, Integer.highestOneBit(Math.max(1, values.size()) * 2 - 1));
        if (values.size() == length || values.size() > LONGEST_PADDED) {
            return values;
        }
        List<T> padded = new ArrayList<>(values);
        padded.addAll(Collections.nCopies(length - values.size(), filler));
        return padded;
    }

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
