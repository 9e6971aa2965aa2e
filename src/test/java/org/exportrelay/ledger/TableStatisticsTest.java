package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.exportrelay.delivery.Destination;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** PostgreSQL's plans follow a ledger that fills faster than autovacuum looks. */
class TableStatisticsTest extends LedgerTest {

    private static final Destination ARCHIVE = files("archive");
    /** With more executions, PostgreSQL and its driver keep the plan of a statement. */
    private static final int PREPARING = 20;

    private static final int MANY = 1_000;

    private int recorded;

    @BeforeEach
    void beginEmpty() {
        assumeTrue(on == TestDatabase.POSTGRESQL);
        me.start(ARCHIVE);
        LedgerHistory.analyze(database);
    }

    @Test
    void analyzesOnceTheFilesHaveDoubled() {
        long before = analyses();
        add(499);
        assertThat(analyses()).isEqualTo(before);
        add(1);
        assertThat(analyses()).isEqualTo(before + 1);
        add(499);
        assertThat(analyses()).isEqualTo(before + 1);
        add(1);
        assertThat(analyses()).isEqualTo(before + 2);
    }

    @Test
    void keepsNoPlanOfAnAlmostEmptyLedger() {
        add(PREPARING);
        claim(PREPARING);
        add(MANY);
        long before = rowsReadWithoutAnIndex();
        claim(PREPARING);
        assertThat((rowsReadWithoutAnIndex() - before) / PREPARING).isLessThan(MANY / 2);
    }

    private void add(int exports) {
        for (int i = 0; i < exports; i++) {
            me.record(export("export-" + recorded++, "one.csv.gz"));
        }
        me.createDeliveries();
    }

    private void claim(int exports) {
        for (int i = 0; i < exports; i++) {
            assertThat(me.claimFiles()).hasSize(1);
        }
    }

    /** Those of autovacuum are not counted. */
    private long analyses() {
        return number("SELECT analyze_count FROM pg_stat_user_tables WHERE relid = 'delivery'::regclass");
    }

    private long rowsReadWithoutAnIndex() {
        return number("SELECT sum(seq_tup_read) FROM pg_stat_user_tables"
                + " WHERE relname IN ('export', 'export_file', 'delivery')");
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
