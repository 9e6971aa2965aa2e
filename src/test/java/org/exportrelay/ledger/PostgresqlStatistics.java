package org.exportrelay.ledger;

import org.exportrelay.ledger.database.LedgerDatabase;

/**
 * What PostgreSQL has counted for the ledger's large tables.
 *
 * @param database on PostgreSQL
 */
record PostgresqlStatistics(LedgerDatabase database) {

    private static final String TABLES = "('export', 'export_file', 'delivery')";

    long rowsReadWithoutAnIndex() {
        return number("SELECT sum(seq_tup_read) FROM pg_stat_user_tables WHERE relname IN " + TABLES);
    }

    long rowsRead() {
        return rowsReadWithoutAnIndex()
                + number("SELECT sum(idx_tup_read) FROM pg_stat_user_indexes WHERE relname IN " + TABLES);
    }

    /** Those of autovacuum are not counted. */
    long analyses() {
        return number("SELECT analyze_count FROM pg_stat_user_tables WHERE relid = 'delivery'::regclass");
    }

    private long number(String query) {
        return database.jdbi().withHandle(handle -> {
            // A session reports what it has done a second later, at the end of a transaction.
            handle.execute("SELECT pg_sleep(1)");
            handle.execute("SELECT pg_sleep(1)");
            return handle.createQuery(query).mapTo(Long.class).one();
        });
    }
}
