package org.exportrelay.destinations.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.Statement;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.camel.impl.DefaultCamelContext;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.destinations.FailureTable;
import org.exportrelay.records.ExportRecord;
import org.exportrelay.testing.Postgres;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class PostgresqlTableTest extends TableContract {

    private static EmbeddedPostgres postgres;
    private static TableClient client;

    @BeforeAll
    static void start() throws Exception {
        postgres = Postgres.start();
        client = new TableClient(
                "jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/postgres", "postgres", "postgres");
    }

    @AfterAll
    static void stop() throws Exception {
        client.close();
        postgres.close();
    }

    @Override
    TableClient client() {
        return client;
    }

    @Override
    String quoted(String name) {
        return '"' + name.replace("\"", "\"\"") + '"';
    }

    @Test
    void findsATableInAnySchemaOfTheSearchPath() throws Exception {
        client.execute(
                "CREATE SCHEMA s" + table,
                "CREATE TABLE s" + table + "." + table
                        + " (number integer GENERATED ALWAYS AS IDENTITY, id text, twice text GENERATED ALWAYS AS (id || id) STORED)");
        client.send("s" + table + "." + table, options(""), "id\n1\n");
        String url = "jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/postgres?currentSchema=public,s" + table;
        client.send(table, options("url=RAW(" + url + ")"), "id\n2\n");
        assertThat(client.rows("SELECT number, id, twice FROM s" + table + "." + table))
                .containsExactly("1|1|11", "2|2|22");
    }

    @Test
    void checkTriesNoValueOfAnIdentity() throws Exception {
        client.execute(
                "CREATE TABLE " + table
                        + " (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text DEFAULT 'none', state text DEFAULT 'new')");
        for (String mode : List.of("mode=append", "mode=replace")) {
            assertThat(new TableProbe().test(client.endpoint(table, options(mode))))
                    .contains("table " + table + " can be read (no row can be tried");
        }
    }

    @Test
    void parksAColumnNameThatPostgresqlWouldShorten() {
        for (String name : new String[] {"x".repeat(64), "ß".repeat(32)}) {
            assertParked(
                    () -> client.send(table, options("createTable=true"), "id," + name + "\n1,one\n"),
                    "is longer than 63");
        }
    }

    @Test
    void parksMoreColumnsThanATableCanHave() {
        StringBuilder header = new StringBuilder("c0");
        for (int i = 1; i < 1_700; i++) {
            header.append(",c").append(i);
        }
        assertParked(
                () -> client.send(table, options("createTable=true"), header + "\n"), "tables can have at most 1600");
    }

    @Test
    void parksAValueThatItsOwnTypeRefuses() throws Exception {
        client.execute(
                "CREATE TYPE mood" + table + " AS ENUM ('sad', 'ok')",
                "CREATE TABLE " + table + " (id integer, mood mood" + table + ", address inet)");
        client.send(table, options(""), "id,mood,address\n1,ok,10.0.0.1\n2,,\n");
        assertParked(
                () -> client.send(table, options(""), "id,mood,address\n1,ok,\n2,glad,\n"), "record 2 of rows.csv.gz");
        assertThat(rows("*")).containsExactly("1|ok|10.0.0.1", "2|null|null");
    }

    @Test
    void readsTimesWithoutAnOffsetAsUtc() throws Exception {
        client.execute("CREATE TABLE " + table + " (at timestamptz)");
        client.send(table, options(""), "at\n2026-02-17T15:30:00\n2026-02-17T16:30:00+01:00\n");
        assertThat(client.rows("SELECT DISTINCT at AT TIME ZONE 'UTC' FROM " + table))
                .containsExactly("2026-02-17 15:30:00");
    }

    /** Its transaction stays open as long as the attempt is paused; only the database knows whether it commits. */
    @Test
    void waitsForAnEarlierAttemptOfTheSameDelivery() throws Exception {
        client.send(table, options("createTable=true"), "id\n");
        Delivery delivery = TableClient.delivery();
        ExecutorService thread = Executors.newSingleThreadExecutor();
        try (TargetDatabase earlier =
                TargetDatabase.open(client.endpoint(table, options("")).connections())) {
            DeliveryReceipts receipt =
                    new DeliveryReceipts(earlier, TableOptions.of(client.endpoint(table, options(""))));
            receipt.insert(delivery);
            CompletableFuture<Void> later = CompletableFuture.runAsync(
                    () -> {
                        try {
                            client.send(table, options(""), "id\n1\n", delivery);
                        } catch (Exception e) {
                            throw new IllegalStateException(e);
                        }
                    },
                    thread);
            await().until(() ->
                    !client.rows("SELECT 1 FROM pg_locks WHERE NOT granted").isEmpty());
            earlier.execute("INSERT INTO " + table + " VALUES ('1')");
            earlier.commit();
            later.join();
        } finally {
            thread.shutdownNow();
        }
        assertThat(rows("id")).containsExactly("1");
    }

    @Test
    void postponesADeliveryWhoseTableIsLocked() throws Exception {
        client.send(table, options("createTable=true&mode=replace"), "id\n1\n");
        try (Connection other = client.connect();
                Statement sql = other.createStatement()) {
            other.setAutoCommit(false);
            sql.execute("LOCK TABLE " + table + " IN EXCLUSIVE MODE");
            assertThatThrownBy(() -> client.send(table, options("mode=replace"), "id\n2\n"))
                    .satisfies(thrown ->
                            assertThat(FailureTable.classify(thrown).action()).isEqualTo(FailureAction.POSTPONE));
        }
        assertThat(rows("id")).containsExactly("1");
    }

    @Test
    void readersSeeTheOldRowsWhileNewOnesAreWritten() throws Exception {
        client.send(table, options("createTable=true&mode=replace"), "id\n1\n");
        TableRecordsEndpoint endpoint = client.endpoint(table, options("mode=replace"));
        try (TargetDatabase writer = TargetDatabase.open(endpoint.connections())) {
            writer.lockForReplace(TableName.of(table));
            writer.execute("DELETE FROM " + table);
            assertThat(rows("id")).containsExactly("1");
        }
        assertThat(rows("id")).containsExactly("1");
    }

    @Test
    void replacesAlsoRowsThatWereCommittedWhileItWaitedWhateverTheDefaultIsolation() throws Exception {
        client.send(table, options("createTable=true&mode=replace"), "id\n1\n");
        for (String isolation : List.of("repeatable read", "serializable")) {
            String role = table + isolation.charAt(0);
            client.execute(
                    "CREATE ROLE " + role + " SUPERUSER LOGIN PASSWORD 'its-own'",
                    "ALTER ROLE " + role + " SET default_transaction_isolation = '" + isolation + "'");
            ExecutorService thread = Executors.newSingleThreadExecutor();
            try (Connection other = client.connect();
                    Statement sql = other.createStatement()) {
                other.setAutoCommit(false);
                sql.execute("LOCK TABLE " + table + " IN SHARE ROW EXCLUSIVE MODE");
                sql.execute("INSERT INTO " + table + " VALUES ('2')");
                CompletableFuture<Void> replacement = CompletableFuture.runAsync(
                        () -> {
                            try {
                                client.send(
                                        table,
                                        options("mode=replace&username=" + role + "&password=its-own"),
                                        "id\n3\n");
                            } catch (Exception e) {
                                throw new IllegalStateException(e);
                            }
                        },
                        thread);
                await().until(() ->
                        !client.rows("SELECT 1 FROM pg_locks WHERE NOT granted").isEmpty());
                other.commit();
                replacement.join();
            } finally {
                thread.shutdownNow();
            }
            assertThat(rows("id")).as(isolation).containsExactly("3");
        }
    }

    /** Otherwise the connection waits for the end of the copy when it closes. */
    @Test
    @Timeout(30)
    void endsTheCopyAfterAnyFailureOfItsSource() throws Exception {
        client.send(table, options("createTable=true"), "id\n");
        for (Error failure : List.of(new OutOfMemoryError("one"), new StackOverflowError("two"))) {
            try (DefaultCamelContext context = new DefaultCamelContext();
                    TargetDatabase database = TargetDatabase.open(
                            client.endpoint(table, options("")).connections())) {
                context.start();
                FileSource source =
                        new FileSource(failing(failure), "rows.csv.gz", "e1", context.getExecutorServiceManager());
                TableName name = TableName.of(table);
                List<Assignment> columns = List.of(
                        new Assignment(database.columns(name).orElseThrow().get(0), 0, false));
                assertThatThrownBy(() -> new CopyWriter(database, name, columns).write(source))
                        .isSameAs(failure);
            }
        }
        assertThat(rows("id")).isEmpty();
    }

    private static Iterator<List<ExportRecord>> failing(Error failure) {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return true;
            }

            @Override
            public List<ExportRecord> next() {
                throw failure;
            }
        };
    }

    /** A large file may take the server hours. */
    @Test
    void waitsForAStatementAsLongAsItTakesUnlessTheUrlLimitsIt() throws Exception {
        try (Connection connection =
                client.endpoint(table, options("")).connections().open()) {
            assertThat(connection.getNetworkTimeout()).isZero();
        }
        String url = "jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/postgres?socketTimeout=1";
        try (TargetDatabase database = TargetDatabase.open(
                client.endpoint(table, options("url=RAW(" + url + ")")).connections())) {
            assertThat(database.connection().getNetworkTimeout()).isEqualTo(1_000);
        }
    }
}
