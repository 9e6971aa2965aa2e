package org.exportrelay.destinations.table;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.destinations.FailureTable;
import org.exportrelay.testing.MariaDb;
import org.exportrelay.testing.Postgres;
import org.exportrelay.testing.TcpGate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Files through {@code table-records:}, against PostgreSQL and, where it is installed, MariaDB. */
class TableFailuresTest {

    private static final String CSV = "id,name\n1,one\n";

    private static EmbeddedPostgres postgres;
    private static TableClient client;

    @BeforeAll
    static void start() throws Exception {
        postgres = Postgres.start();
        client = new TableClient(url("postgres"), "postgres", "postgres");
        client.send("plain", "createTable=true", CSV);
        client.execute(
                "CREATE ROLE reader LOGIN PASSWORD 'readers-own'",
                "GRANT SELECT ON plain, export_relay_receipt TO reader",
                "CREATE ROLE writer LOGIN PASSWORD 'writers-own'",
                "GRANT SELECT, INSERT ON plain TO writer",
                "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
                "CREATE ROLE standby SUPERUSER LOGIN PASSWORD 'standbys-own'",
                "ALTER ROLE standby SET default_transaction_read_only = on",
                "CREATE TABLE typed (id integer PRIMARY KEY, price numeric(5,2) CHECK (price > 0), name text NOT NULL)",
                "CREATE TABLE indexed (name text PRIMARY KEY)",
                "CREATE ROLE hasty SUPERUSER LOGIN PASSWORD 'hastys-own'",
                "ALTER ROLE hasty SET statement_timeout = '500ms'");
    }

    @AfterAll
    static void stop() throws Exception {
        client.close();
        postgres.close();
    }

    @TestFactory
    Stream<DynamicTest> everyRowOfTheTableHolds() {
        String nowhere = "jdbc:postgresql://127.0.0.1:" + TcpGate.freePort() + "/postgres";
        return FailureTable.of("Database table")
                .row(
                        "The server cannot be reached, or the connection breaks.",
                        () -> client.send("plain", "url=RAW(" + nowhere + ")", CSV),
                        () -> client.send(
                                "plain", "url=RAW(jdbc:postgresql://no-such-host.invalid:5432/postgres)", CSV),
                        () -> client.send(
                                "plain", "url=RAW(jdbc:mariadb://127.0.0.1:" + TcpGate.freePort() + "/x)", CSV),
                        this::onAConnectionThatBreaks)
                .row("The server refuses the login.", () -> client.send("missing", login("nobody", "wrong"), CSV))
                .row(
                        "The database or the schema does not exist.",
                        () -> client.send("plain", "url=RAW(" + url("missing") + ")", CSV),
                        () -> client.send("missing.plain", "createTable=true", CSV))
                .row("The table does not exist, and `createTable` is not set.", () -> client.send("missing", "", CSV))
                .row(
                        "The user may not write to the table.",
                        () -> client.send("plain", login("reader", "readers-own"), CSV),
                        () -> client.send("missing", login("reader", "readers-own") + "&createTable=true", CSV))
                .row(
                        "The table of receipts is missing and cannot be created.",
                        () -> client.send("plain", login("writer", "writers-own") + "&receiptTable=others", CSV))
                .row("The server has no space.", () -> failing("53100"), () -> failing("53400"))
                .row(
                        "The server accepts no changes, such as a standby.",
                        () -> client.send("plain", login("standby", "standbys-own"), CSV))
                .row(
                        "The server cancels a statement, for example after `statement_timeout`.",
                        this::onAStatementThatTakesTooLong)
                .row("`key` has no unique index.", () -> client.send("plain", "mode=upsert&key=id", CSV))
                .row(
                        "A column has another type than `types` says.",
                        () -> client.send("plain", "types=name:numeric", CSV))
                .row(
                        "A value does not fit its column.",
                        () -> client.send("typed", "", "id,price,name\n1,abc,one\n"),
                        () -> client.send("typed", "", "id,price,name\n1,12345.00,one\n"),
                        () -> client.send("typed", "", "id,price,name\n1,1,o\u0000e\n"),
                        () -> client.send("indexed", "", "name\none\n" + incompressible(20_000) + "\n"))
                .row(
                        "A row violates a constraint of the table.",
                        () -> client.send("typed", "", "id,price,name\n1,1,one\n1,1,one\n"),
                        () -> client.send("typed", "", "id,price,name\n1,-1,one\n"),
                        () -> client.send("typed", "mode=upsert&key=id", "id,price,name\n1,-1,one\n"))
                .row(
                        "The header has changed, or has names that cannot be columns.",
                        () -> client.send("plain", "", "id,nom\n1,one\n"),
                        () -> client.send("plain", "", "id,\n1,one\n"),
                        () -> client.send("plain", "", "id\n1\n"))
                .row(
                        "A row has no value in a column of `key`.",
                        () -> client.send("typed", "mode=upsert&key=id", "id,price,name\n,1,one\n"))
                .row("`mode` is `replace`, and the export has several files.", this::withSeveralFiles)
                .row(
                        "The database ends the transaction: a deadlock, or a serialization failure.",
                        this::inADeadlock,
                        () -> failing("40001"))
                .tests();
    }

    @TestFactory
    Stream<DynamicTest> theSameHoldsForMariaDb() throws Exception {
        MariaDb.assumeInstalled();
        MariaDb server = MariaDb.start();
        server.execute(
                "CREATE TABLE plain (id integer, name varchar(20))",
                "CREATE TABLE typed (id integer PRIMARY KEY, price decimal(5,2) CHECK (price > 0), name varchar(9) NOT NULL)",
                "CREATE TABLE parted (id integer) PARTITION BY LIST (id) (PARTITION p VALUES IN (1, 2))",
                "CREATE USER reader@'127.0.0.1' IDENTIFIED BY 'readers-own'",
                "GRANT SELECT ON warehouse.* TO reader@'127.0.0.1'",
                "CREATE USER writer@'127.0.0.1' IDENTIFIED BY 'writers-own'",
                "GRANT SELECT, INSERT ON warehouse.plain TO writer@'127.0.0.1'");
        TableClient mariaDb = new TableClient(server.url(), MariaDb.USER, MariaDb.PASSWORD);
        mariaDb.send("plain", "", CSV);
        Stream<DynamicTest> tests = FailureTable.of("Database table")
                .row("The server refuses the login.", () -> mariaDb.send("plain", login("reader", "wrong"), CSV))
                .row(
                        "The database or the schema does not exist.",
                        () -> mariaDb.send(
                                "plain", "url=RAW(" + server.url().replace("/warehouse", "/missing") + ")", CSV),
                        () -> mariaDb.send("missing.plain", "createTable=true", CSV))
                .row("The table does not exist, and `createTable` is not set.", () -> mariaDb.send("missing", "", CSV))
                .row(
                        "The user may not write to the table.",
                        () -> mariaDb.send("plain", login("reader", "readers-own"), CSV))
                .row(
                        "The table of receipts is missing and cannot be created.",
                        () -> mariaDb.send("plain", login("writer", "writers-own") + "&receiptTable=others", CSV))
                .row("The server accepts no changes, such as a standby.", () -> {
                    server.execute("SET GLOBAL read_only = 1");
                    try {
                        server.execute("GRANT SELECT, INSERT, UPDATE ON warehouse.* TO writer@'127.0.0.1'");
                        mariaDb.send("plain", login("writer", "writers-own"), CSV);
                    } finally {
                        server.execute("SET GLOBAL read_only = 0");
                    }
                })
                .row("`key` has no unique index.", () -> mariaDb.send("plain", "mode=upsert&key=id", CSV))
                .row(
                        "A value does not fit its column.",
                        () -> mariaDb.send("typed", "", "id,price,name\n1,abc,one\n"),
                        () -> mariaDb.send("typed", "", "id,price,name\n1,12345.00,one\n"),
                        () -> mariaDb.send("typed", "", "id,price,name\n1,1,more than nine\n"))
                .row(
                        "A row violates a constraint of the table.",
                        () -> mariaDb.send("typed", "", "id,price,name\n1,1,one\n1,1,one\n"),
                        () -> mariaDb.send("typed", "", "id,price,name\n1,-1,one\n"),
                        () -> mariaDb.send("parted", "", "id\n1\n3\n"),
                        () -> mariaDb.send("typed", "onMissingColumn=ignore", "id,price\n1,1\n"))
                .someTests();
        return tests.onClose(() -> {
            mariaDb.close();
            try {
                server.close();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void saysHowToCreateTheTableOfReceipts() {
        assertThatThrownBy(
                        () -> client.send("plain", login("writer", "writers-own") + "&receiptTable=public.others", CSV))
                .hasMessageContaining("permission denied")
                .hasMessageContaining("run: CREATE TABLE \"public\".\"others\" (id char(64) NOT NULL PRIMARY KEY");
    }

    @Test
    void namesNoPasswordAndNoOptionOfTheUrl() {
        String url = url("missing") + "?password=s3cret-one&sslpassword=s3cret-two";
        assertThatThrownBy(() -> client.send("plain", "url=RAW(" + url + ")", CSV))
                .satisfies(thrown -> assertThat(FailureTable.classify(thrown).getMessage())
                        .contains("table plain at " + url("missing") + ": database \"missing\" does not exist;")
                        .doesNotContain("s3cret"));
    }

    @Test
    void namesTheLimitOfAStatementThatTookTooLong() {
        assertThatThrownBy(this::onAStatementThatTakesTooLong)
                .satisfies(thrown -> assertThat(FailureTable.classify(thrown).getMessage())
                        .contains("raise the limit for statements of hasty, such as statement_timeout"));
    }

    /** Oracle's 1045 is a missing right, SQL Server's 1205 a deadlock, and 19 is no constraint there. */
    @Test
    void readsErrorCodesOnlyOfTheDatabaseThatHasThem() {
        assertThat(action("jdbc:sqlserver://db.example;databaseName=mariadb", "40001", 1205))
                .isEqualTo(FailureAction.RETRY);
        assertThat(action("jdbc:oracle:thin:@//mariadb.example/x", "64000", 1265))
                .isEqualTo(FailureAction.OUTAGE);
        assertThat(action("jdbc:postgresql://db.example/x", "XX000", 1364)).isEqualTo(FailureAction.OUTAGE);
        assertThat(action("jdbc:other:x", null, 19)).isEqualTo(FailureAction.OUTAGE);
        assertThat(action("jdbc:mariadb://db.example/x", "HY000", 1364)).isEqualTo(FailureAction.PARK);
        assertThat(action("jdbc:mysql://db.example/x", "HY000", 1526)).isEqualTo(FailureAction.PARK);
        assertThat(action("jdbc:sqlite:mariadb.db", null, 19)).isEqualTo(FailureAction.PARK);
    }

    private static FailureAction action(String url, String state, int code) {
        return FailureTable.classify(new TableWriteException(
                        new SQLException("the server says so", state, code),
                        "plain",
                        new TableConnections(url, null, null),
                        "rows.csv.gz",
                        7))
                .action();
    }

    private static String incompressible(int length) {
        Random random = new Random(1);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append((char) ('!' + random.nextInt(90)));
        }
        return text.toString().replace(',', '-').replace('"', '-');
    }

    private void onAStatementThatTakesTooLong() throws Exception {
        try (Connection other = client.connect();
                Statement sql = other.createStatement()) {
            other.setAutoCommit(false);
            sql.execute("LOCK TABLE plain IN SHARE MODE");
            client.send("plain", login("hasty", "hastys-own"), CSV);
        }
    }

    private static String url(String database) {
        return "jdbc:postgresql://127.0.0.1:" + postgres.getPort() + "/" + database;
    }

    private static String login(String user, String password) {
        return "username=" + user + "&password=" + password;
    }

    private static void failing(String state) throws TableWriteException {
        throw new TableWriteException(
                new SQLException("the server says so", state),
                "plain",
                new TableConnections(url("postgres"), null, null),
                "rows.csv.gz",
                7);
    }

    private void withSeveralFiles() throws Exception {
        Instant now = Instant.now();
        String options = "createTable=true&mode=replace";
        client.send("replaced", options, CSV, TableClient.delivery("e1", "a.csv.gz", now));
        client.send("replaced", options, CSV, TableClient.delivery("e1", "b.csv.gz", now));
    }

    /** An administrator ends the connection while it waits for a lock. */
    private void onAConnectionThatBreaks() throws Exception {
        try (Connection other = client.connect();
                Statement sql = other.createStatement()) {
            other.setAutoCommit(false);
            sql.execute("LOCK TABLE plain IN SHARE MODE");
            CompletableFuture<Void> delivery = send(() -> client.send("plain", "", CSV));
            awaitWaiting();
            client.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                    + " AND application_name = 'export-relay'");
            join(delivery);
        }
    }

    /** The delivery locks row 1 and waits for row 2; the other transaction does the reverse, and notices it later. */
    private void inADeadlock() throws Exception {
        client.execute(
                "CREATE TABLE IF NOT EXISTS entangled (id text PRIMARY KEY, name text)",
                "INSERT INTO entangled VALUES ('1', 'a'), ('2', 'b') ON CONFLICT DO NOTHING");
        try (Connection other = client.connect();
                Statement sql = other.createStatement()) {
            other.setAutoCommit(false);
            sql.execute("SET LOCAL deadlock_timeout = '60s'");
            sql.execute("UPDATE entangled SET name = 'c' WHERE id = '2'");
            CompletableFuture<Void> delivery =
                    send(() -> client.send("entangled", "mode=upsert&key=id", "id,name\n1,x\n2,y\n"));
            awaitWaiting();
            sql.execute("UPDATE entangled SET name = 'c' WHERE id = '1'");
            join(delivery);
        }
    }

    private static CompletableFuture<Void> send(ThrowingCallable delivery) {
        return CompletableFuture.runAsync(() -> {
            try {
                delivery.call();
            } catch (Throwable e) {
                throw new CompletionException(e);
            }
        });
    }

    private static void awaitWaiting() {
        await().pollInterval(Duration.ofMillis(20))
                .until(() -> !client.rows("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                                + " AND application_name = 'export-relay'")
                        .isEmpty());
    }

    private static void join(CompletableFuture<Void> delivery) throws Exception {
        try {
            delivery.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }
}
