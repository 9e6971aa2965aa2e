package org.exportrelay.destinations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import de.siegmar.fastcsv.reader.CsvReader;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxExport;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.Postgres;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.RelayChild.Running;
import org.exportrelay.testing.RelayLedger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example for tables as it is, in the packaged jar, against a real server. */
class TableIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int KILLS = 8;

    private static EmbeddedPostgres postgres;
    private static RelayLedger database;

    @TempDir
    private Path directory;

    @BeforeAll
    static void start() throws Exception {
        postgres = Postgres.start();
        database = RelayLedger.of(postgres);
    }

    @AfterAll
    static void stop() throws Exception {
        postgres.close();
    }

    @Test
    void theTableHasEveryRowOfEveryFileOnce() throws Exception {
        try (Sandbox sandbox = sandbox(4, 3_000)) {
            RelayChild relay = relay(sandbox, "every");
            Ended checked = relay.run("check");
            assertThat(checked.out()).contains("table every will be created");
            Ended ended = relay.run("once");
            assertThat(ended.exitCode()).as(ended.err()).isZero();
            assertThat(rows("every").equals(rows(sandbox))).isTrue();
            assertThat(database.number("SELECT count(DISTINCT (_export_id, _row)) FROM every"))
                    .isEqualTo(12_000);
        }
    }

    /** The moment in which a crash would repeat a file: the database has committed, the ledger does not know. */
    @Test
    void rowsStayExactlyOnceWhenKilledBetweenTheCommitsOfTheDatabaseAndTheLedger() throws Exception {
        try (Sandbox sandbox = sandbox(1, 100_000)) {
            RelayChild relay = relay(sandbox, "between_");
            Running running = relay.start("run");
            awaitCopy("between");
            try (Connection ledger = relay.ledger().connect();
                    Statement statement = ledger.createStatement()) {
                // The ledger's one writer is now this test, so that the relay cannot record its success.
                statement.execute("BEGIN IMMEDIATE");
                await().atMost(PATIENCE).until(() -> database.number("SELECT count(*) FROM between_") == 100_000);
                running.kill();
                statement.execute("ROLLBACK");
            }
            Ended ended = relay.run("once");
            assertThat(ended.exitCode()).as(ended.err()).isZero();
            assertThat(ended.err()).contains("from an attempt that the ledger did not record");
            assertThat(database.number("SELECT count(*) FROM between_")).isEqualTo(100_000);
        }
    }

    @Test
    void theTableHasAllRowsOfAFileOrNoneWheneverTheRelayIsKilled() throws Exception {
        Random random = new Random(7);
        int records = 60_000;
        try (Sandbox sandbox = sandbox(KILLS, records)) {
            RelayChild relay = relay(sandbox, "killed");
            relay.run("check");
            for (int kill = 0; kill < KILLS; kill++) {
                Running running = relay.start("run");
                await().atMost(PATIENCE)
                        .pollInterval(Duration.ofMillis(5))
                        .until(() -> copies("killed") > 0 || isComplete("killed", KILLS * records));
                // Most within the rows of one file, some at its end or in the next one.
                running.process().waitFor(random.nextInt(400), TimeUnit.MILLISECONDS);
                running.kill();
                long rows = database.number("SELECT count(*) FROM killed");
                assertThat(rows % records)
                        .as("%d rows after kill %d", rows, kill)
                        .isZero();
            }
            Ended ended = relay.run("once");
            assertThat(ended.exitCode()).as(ended.err()).isZero();
            assertThat(rows("killed").equals(rows(sandbox))).isTrue();
        }
    }

    @Test
    void aMillionRecordsFitIntoSixtyFourMegabytesOfHeap() throws Exception {
        try (Sandbox sandbox = sandbox(1, 1_000_000)) {
            Ended ended = relay(sandbox, "million")
                    .withJava("-Xmx64m")
                    .withJava("-XX:+ExitOnOutOfMemoryError")
                    .run("once");
            assertThat(ended.exitCode()).as(ended.err()).isZero();
            assertThat(database.number("SELECT count(*) FROM million")).isEqualTo(1_000_000);
        }
    }

    private RelayChild relay(Sandbox sandbox, String table) {
        return RelayChild.in(directory)
                .at(sandbox)
                .without("deliver-to-file")
                .withExample("deliver-records-to-table")
                .with("database.url", database.url())
                .with("database.username", database.username())
                .with("database.table", table)
                .with("database.create-table", "true")
                .with("database.export-id-column", "_export_id")
                .with("database.row-column", "_row")
                .with("relay.delivery.retry-delay", "200ms");
    }

    private static Sandbox sandbox(int exports, int records) {
        Sandbox sandbox = Sandbox.start(SandboxOptions.defaults()
                .withExports(0)
                .withArrivalPeriod(Duration.ZERO)
                .withSeed(5));
        for (int i = 0; i < exports; i++) {
            sandbox.addFinished("properties_export", new SandboxFile("properties_" + i + ".csv.gz", records));
        }
        return sandbox;
    }

    /** Sorted, and to be compared as a whole: a list of all differences would be as long as the file. */
    private static List<String> rows(String table) throws Exception {
        return database.rows("SELECT * FROM " + table).stream()
                .map(row -> String.join("|", row.subList(0, row.size() - 2)))
                .sorted()
                .toList();
    }

    private static List<String> rows(Sandbox sandbox) throws Exception {
        List<String> rows = new ArrayList<>();
        for (SandboxExport export : sandbox.exports()) {
            byte[] content =
                    new GZIPInputStream(new ByteArrayInputStream(sandbox.content(export.id(), 0))).readAllBytes();
            CsvReader.builder()
                    .ofNamedCsvRecord(new String(content, StandardCharsets.UTF_8))
                    .forEach(row -> rows.add(String.join("|", row.getFields())));
        }
        return rows.stream().sorted().toList();
    }

    /** Until rows are on their way. */
    private static void awaitCopy(String table) {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(5)).until(() -> copies(table) > 0);
    }

    private static long copies(String table) throws SQLException {
        return database.number(
                "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY \"" + table + "%' AND state = 'active'");
    }

    private static boolean isComplete(String table, long rows) throws SQLException {
        return database.number("SELECT count(*) FROM pg_class WHERE relname = '" + table + "'") > 0
                && database.number("SELECT count(*) FROM " + table) == rows;
    }
}
