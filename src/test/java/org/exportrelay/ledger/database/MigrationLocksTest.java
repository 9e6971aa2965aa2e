package org.exportrelay.ledger.database;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.exportrelay.ledger.LedgerSettings;
import org.exportrelay.ledger.TestDatabase;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postgresql.ds.PGSimpleDataSource;

/** An upgrade on PostgreSQL beside sessions that have locked a table. */
class MigrationLocksTest {

    private static final String WAITS =
            "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock' AND database ="
                    + " (SELECT oid FROM pg_database WHERE datname = current_database())";

    private LedgerSettings settings;
    private PGSimpleDataSource dataSource;

    /** Version 4 locks each of the tables. */
    @BeforeEach
    void createALedgerOfVersion3() {
        settings = TestDatabase.Server.newDatabase();
        dataSource = new PGSimpleDataSource();
        dataSource.setURL(settings.url());
        dataSource.setUser(settings.username().orElseThrow());
        dataSource.setPassword(settings.password().orElseThrow());
        Flyway.configure()
                .dataSource(dataSource)
                .locations("classpath:db/migration")
                .placeholders(Dialect.POSTGRESQL.placeholders())
                .target("3")
                .load()
                .migrate();
    }

    @ParameterizedTest
    @CsvSource({
        "delivery, ACCESS SHARE, 5",
        "export, ROW EXCLUSIVE, 3",
        "rejected_entry, ACCESS EXCLUSIVE, 3",
        "destination, SHARE, 3"
    })
    void waitsForALockAndLetsOthersPassMeanwhile(String table, String mode, int seconds) throws Exception {
        CompletableFuture<Void> upgrade;
        try (Connection other = settings.connect()) {
            lock(other, table, mode);
            long locked = System.nanoTime();
            upgrade = upgrade(Duration.ofMinutes(1));
            if (!mode.startsWith("ACCESS EXCLUSIVE")) {
                await().atMost(Duration.ofSeconds(10)).until(() -> number(WAITS) > 0);
                long start = System.nanoTime();
                number("SELECT count(*) FROM " + table);
                assertThat(Duration.ofNanos(System.nanoTime() - start))
                        .isLessThan(MigrationLocks.LOCK_TIMEOUT.plusMillis(500));
            }
            await().atMost(Duration.ofSeconds(seconds + 5))
                    .until(() -> System.nanoTime() - locked > SECONDS.toNanos(seconds));
            assertThat(upgrade).isNotDone();
        }
        upgrade.get(20, SECONDS);
        LedgerDatabase.open(settings).close();
    }

    @Test
    void endsADeadlockWithARunningInstance() throws Exception {
        CompletableFuture<Void> upgrade;
        try (Connection instance = settings.connect()) {
            // The session in which the deadlock is detected first is the one that ends.
            execute(instance, "SET deadlock_timeout = '30s'");
            lock(instance, "delivery", "ROW EXCLUSIVE");
            upgrade = upgrade(Duration.ofMinutes(1));
            await().atMost(Duration.ofSeconds(10)).until(() -> number(WAITS) > 0);
            execute(instance, "UPDATE destination SET name = name");
            assertThat(upgrade).isNotDone();
            instance.commit();
        }
        upgrade.get(20, SECONDS);
        LedgerDatabase.open(settings).close();
    }

    @Test
    void endsWithOneLineAndTheFixWhenALockIsHeldForTooLong() throws Exception {
        try (Connection other = settings.connect()) {
            lock(other, "delivery", "ROW SHARE");
            assertThatThrownBy(() -> schema(Duration.ofSeconds(4)).migrate())
                    .isInstanceOf(LedgerVersionException.class)
                    .hasMessageContaining("cannot be upgraded: other sessions have locked its tables for ")
                    .hasMessageContaining("lock timeout")
                    .hasMessageContaining("end their transactions (pg_stat_activity lists them), then start again")
                    .message()
                    .doesNotContain("\n");
        }
        assertThat(number("SELECT count(*) FROM flyway_schema_history WHERE version = '4'"))
                .isZero();
        LedgerDatabase.openForWork(settings).close();
    }

    private CompletableFuture<Void> upgrade(Duration budget) {
        return CompletableFuture.runAsync(() -> schema(budget).migrate());
    }

    private LedgerSchema schema(Duration budget) {
        return new LedgerSchema(dataSource, Dialect.POSTGRESQL, budget);
    }

    /** Until the connection is closed. */
    private static void lock(Connection connection, String table, String mode) throws SQLException {
        connection.setAutoCommit(false);
        execute(connection, "LOCK TABLE " + table + " IN " + mode + " MODE");
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private long number(String sql) throws SQLException {
        try (Connection connection = settings.connect();
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery(sql)) {
            result.next();
            return result.getLong(1);
        }
    }
}
