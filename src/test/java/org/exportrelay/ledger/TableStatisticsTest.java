package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.exportrelay.delivery.Destination;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** PostgreSQL's plans follow a ledger that fills before autovacuum has checked its tables. */
class TableStatisticsTest extends LedgerTest {

    private static final Destination ARCHIVE = files("archive");
    /** With more executions, PostgreSQL and its driver keep the plan of a statement. */
    private static final int PREPARING = 20;

    private static final int MANY = 1_000;

    private PostgresqlStatistics statistics;
    private int recorded;

    @BeforeEach
    void beginEmpty() {
        assumeTrue(on == TestDatabase.POSTGRESQL);
        statistics = new PostgresqlStatistics(database);
        me.start(ARCHIVE);
        LedgerHistory.analyze(database);
    }

    @Test
    void analyzesOnceTheFilesHaveDoubled() {
        long before = statistics.analyses();
        add(499);
        assertThat(statistics.analyses()).isEqualTo(before);
        add(1);
        assertThat(statistics.analyses()).isEqualTo(before + 1);
        add(499);
        assertThat(statistics.analyses()).isEqualTo(before + 1);
        add(1);
        assertThat(statistics.analyses()).isEqualTo(before + 2);
    }

    @Test
    void keepsNoPlanOfAnAlmostEmptyLedger() {
        add(PREPARING);
        claim(PREPARING);
        add(MANY);
        long before = statistics.rowsReadWithoutAnIndex();
        claim(PREPARING);
        assertThat((statistics.rowsReadWithoutAnIndex() - before) / PREPARING).isLessThan(MANY / 2);
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
}
