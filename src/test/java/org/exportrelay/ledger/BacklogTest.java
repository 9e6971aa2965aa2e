package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.VerifiedFile;
import org.exportrelay.ledger.StatementRecorder.Recorded;
import org.jdbi.v3.core.statement.SqlStatements;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What waits for a destination that is down costs the others nothing. */
class BacklogTest extends LedgerTest {

    private static final int WAITING = 20_000;
    private static final Destination PARTNER = files("partner");
    private static final Destination ARCHIVE = files("archive");
    private static final int ROUNDS = 50;
    /** For one delivery from its download to its end. */
    private static final long MOST_ROWS = 500;
    /** Of all that maintenance and two polls do; a walk over the backlog in one statement takes longer. */
    private static final Duration LONGEST_ROUND = Duration.ofMillis(100);

    @BeforeEach
    void goDownWithABacklog() {
        me.start(PARTNER, ARCHIVE);
        LedgerHistory.addBacklog(database, PARTNER.name(), WAITING, "me");
        LedgerHistory.analyze(database);
        fail(deliveries.claim(PARTNER, 1).get(0), FailureAction.OUTAGE, "nothing listens there");
        assertThat(me.progress.waiting()).isEqualTo(WAITING);
    }

    @Test
    void noStatementReadsTheWholeBacklogOnSqlite() throws SQLException {
        assumeTrue(on == TestDatabase.SQLITE);
        StatementRecorder recorder = new StatementRecorder();
        database.jdbi().getConfig(SqlStatements.class).setSqlLogger(recorder);
        work();
        List<String> whole = new ArrayList<>();
        for (Recorded statement : recorder.take()) {
            List<QueryPlan> plans =
                    database.jdbi().withHandle(handle -> QueryPlan.explain(handle, database.dialect(), statement));
            plans.forEach(
                    plan -> plan.readsOfTheWholeHistory("").forEach(line -> whole.add(line + ": " + plan.text())));
        }
        assertThat(whole).isEmpty();
    }

    /** Whatever plan it chooses, also after it has prepared a statement for any arguments. */
    @Test
    void postgresqlReadsFewRowsOfABacklog() {
        assumeTrue(on == TestDatabase.POSTGRESQL);
        PostgresqlStatistics statistics = new PostgresqlStatistics(database);
        long before = statistics.rowsReadWithoutAnIndex();
        for (int round = 0; round < ROUNDS; round++) {
            work();
        }
        assertThat(statistics.rowsReadWithoutAnIndex() - before).isZero();
    }

    /** As on a ledger that fills for the first time, faster than PostgreSQL gathers statistics. */
    @Test
    void postgresqlReadsFewRowsForEachDeliveryBeforeItHasStatistics() {
        assumeTrue(on == TestDatabase.POSTGRESQL);
        for (int i = 0; i < ROUNDS; i++) {
            me.record(export("new-" + i, "one.csv.gz"));
        }
        me.createDeliveries();
        database.jdbi()
                .useHandle(handle -> handle.execute("DELETE FROM pg_statistic WHERE starelid IN ("
                        + "'export'::regclass, 'export_file'::regclass, 'delivery'::regclass)"));
        PostgresqlStatistics statistics = new PostgresqlStatistics(database);
        long before = statistics.rowsRead();
        for (int round = 0; round < ROUNDS; round++) {
            List<Long> files = me.claimExports(1).get(0).fileIds();
            me.ready(
                    files.stream().map(file -> new VerifiedFile(file, "ab", 7L)).toList());
            Delivery delivery = deliveries.claim(ARCHIVE, 1).get(0);
            deliveries.delivered(delivery, Optional.empty());
            spooled.releaseDone(files);
        }
        assertThat((statistics.rowsRead() - before) / ROUNDS).isLessThan(MOST_ROWS);
    }

    @Test
    void workGoesOnAtTheSamePaceBesideABacklog() {
        // The fastest, since the machine may do other work meanwhile.
        long fastest = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            long start = System.nanoTime();
            work();
            fastest = Math.min(fastest, System.nanoTime() - start);
        }
        assertThat(Duration.ofNanos(fastest)).isLessThan(LONGEST_ROUND);
    }

    @Test
    void endsAllThatExpireTogetherButNotWhatTheSpoolHas() {
        clock.advance(Duration.ofDays(1000));
        assertThat(expiry.expire(clock.instant(), Duration.ofMinutes(15))).hasSize(WAITING / 2);
        assertThat(me.progress.waiting()).isEqualTo(WAITING / 2);
    }

    /** What polls and maintenance do all the time while there is nothing to deliver. */
    private void work() {
        deliveries.claim(PARTNER, 8);
        deliveries.claim(ARCHIVE, 8);
        me.scan.due(32, Set.of(), false);
        me.scan.due(32, Set.of(), true);
        me.creator.createDeliveries(1);
        deliveries.renewLeases();
        deliveries.releaseEndedLeases();
        me.renewFileLeases();
        me.releaseEndedFileLeases();
        expiry.expire(clock.instant(), Duration.ofMinutes(15));
        me.progress.atRisk(Duration.ofHours(1));
    }
}
