package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.exportrelay.ledger.StatementRecorder.Recorded;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.testing.Postgres;
import org.jdbi.v3.core.statement.SqlStatements;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the relay does all the time reads what is new or open, however long the history. {@code
 * -Dquery-plans.write=docs/query-plans.md} writes down how the databases do it.
 */
class QueryPlansTest {

    /** So many that PostgreSQL prefers an index wherever it would with a million. */
    private static final int PAST_EXPORTS = 50_000;

    private static final QueryPlansPage PAGE = new QueryPlansPage();

    @TempDir
    private Path directory;

    @AfterAll
    static void writePage() throws IOException {
        String file = System.getProperty("query-plans.write");
        if (file != null) {
            Files.writeString(Path.of(file), PAGE.text());
        }
    }

    @Test
    void noRegularOperationReadsTheWholeHistoryOnSqlite() throws Exception {
        try (LedgerDatabase database =
                LedgerDatabase.openForWork(LedgerSettings.of("jdbc:sqlite:" + directory.resolve("ledger.db")))) {
            assertThat(readsOfTheWholeHistory(database)).isEmpty();
        }
    }

    @Test
    void noRegularOperationReadsTheWholeHistoryOnPostgresql() throws Exception {
        try (EmbeddedPostgres postgres = Postgres.start();
                LedgerDatabase database = LedgerDatabase.openForWork(new LedgerSettings(
                        "jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/postgres",
                        Optional.of("postgres"),
                        Optional.of("secret")))) {
            assertThat(readsOfTheWholeHistory(database)).isEmpty();
        }
    }

    private static List<String> readsOfTheWholeHistory(LedgerDatabase database) throws SQLException {
        LedgerWork work = new LedgerWork(database);
        work.start();
        LedgerHistory.fill(database, PAST_EXPORTS);
        work.fallBehind();
        LedgerHistory.analyze(database);
        StatementRecorder recorder = new StatementRecorder();
        Stream.of(database.jdbi(), database.leases())
                .forEach(jdbi -> jdbi.getConfig(SqlStatements.class).setSqlLogger(recorder));
        List<String> whole = new ArrayList<>();
        for (LedgerWork.Operation operation : work.regular()) {
            operation.work().run();
            List<Recorded> statements = recorder.take();
            assertThat(statements).as(operation.name()).isNotEmpty();
            for (Recorded statement : statements) {
                List<QueryPlan> plans =
                        database.jdbi().withHandle(handle -> QueryPlan.explain(handle, database.dialect(), statement));
                plans.forEach(plan -> plan.readsOfTheWholeHistory(statement.sql())
                        .forEach(line -> whole.add(
                                operation.name() + ": " + line + " in:\n" + statement.sql() + "\n" + plan.text())));
                PAGE.add(operation, database.dialect(), statement, plans.get(plans.size() - 1));
            }
        }
        return whole;
    }
}
