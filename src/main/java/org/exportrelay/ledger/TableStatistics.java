package org.exportrelay.ledger;

import org.exportrelay.ledger.database.Dialect;
import org.exportrelay.ledger.database.LedgerDatabase;

/**
 * PostgreSQL's statistics of a ledger that fills for the first time. Autovacuum looks once a minute, and until then
 * PostgreSQL executes the plans that it made while the tables were almost empty: it reads all files for each delivery.
 * SQLite plans without statistics.
 */
final class TableStatistics {

    /** Reading a table of half as many rows costs no more than an index. */
    private static final int LEAST_FILES = 500;

    private static final String HAVE_DOUBLED =
            """
            SELECT coalesce((SELECT max(file_id) FROM export_file), 0) >= 2 * greatest(reltuples, :least / 2)
            FROM pg_class WHERE oid = 'export_file'::regclass""";

    private TableStatistics() {}

    /**
     * Has PostgreSQL analyze the tables if there are twice as many files as at the last time, whoever asked for it. It
     * then plans all statements anew, in every instance.
     */
    static void refresh(LedgerDatabase database) {
        if (database.dialect() == Dialect.SQLITE) {
            return;
        }
        database.jdbi().useHandle(handle -> {
            boolean haveDoubled = handle.createQuery(HAVE_DOUBLED)
                    .bind("least", LEAST_FILES)
                    .mapTo(Boolean.class)
                    .one();
            if (haveDoubled) {
                handle.execute("ANALYZE (SKIP_LOCKED) export, export_file, delivery");
            }
        });
    }
}
