package org.exportrelay.ledger;

import org.exportrelay.ledger.database.Dialect;
import org.exportrelay.ledger.database.LedgerDatabase;

/**
 * PostgreSQL's statistics of a ledger that fills for the first time. Autovacuum checks the tables once a minute. Until then,
 * PostgreSQL uses the plans that it made while the tables were almost empty: it reads all files for each delivery. SQLite
 * plans without statistics.
 */
final class TableStatistics {

    /** With fewer, reading the whole table costs no more than an index. */
    private static final int LEAST_FILES = 500;

    private static final String HAVE_DOUBLED =
            """
            SELECT coalesce((SELECT max(file_id) FROM export_file), 0) >= greatest(2 * reltuples, :least)
            FROM pg_class WHERE oid = 'export_file'::regclass""";

    private TableStatistics() {}

    /**
     * Runs ANALYZE if the number of files has doubled since the last one, of autovacuum or of any instance. PostgreSQL then
     * plans all statements again, in every instance.
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
