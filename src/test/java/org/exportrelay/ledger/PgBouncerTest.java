package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.exportrelay.api.DownloadUrl;
import org.exportrelay.api.Export;
import org.exportrelay.config.SettingsException;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.delivery.RetryPolicy;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.testing.PgBouncer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A ledger behind a real PgBouncer: it works, or is refused with the fix. Its contract is in the tests of the ledger. */
class PgBouncerTest {

    private static final RetryPolicy RETRIES = new RetryPolicy(3, Duration.ofSeconds(5), Duration.ofMinutes(1));
    private static final Destination LINKS = new Destination("links", new NamePattern("*"), false, true, RETRIES);
    private static final Duration LEASE = Duration.ofMinutes(2);
    private static final int INSTANCES = 3;
    private static final int EXPORTS = 60;

    @BeforeEach
    void needsPgBouncer() {
        PgBouncer.assumeInstalled();
    }

    @ParameterizedTest
    @ValueSource(strings = {"transaction", "session"})
    void instancesPollAndDeliverOverFewConnectionsOfTheServer(String mode) throws Exception {
        String size = mode.equals("session") ? "50" : "3";
        try (PgBouncer pooler = start("pool_mode = " + mode, "default_pool_size = " + size)) {
            LedgerSettings settings = TestDatabase.Server.newDatabase(pooler.port());
            ExecutorService threads = Executors.newFixedThreadPool(INSTANCES);
            try (LedgerDatabase database = LedgerDatabase.openForWork(settings)) {
                List<Callable<Integer>> instances = new ArrayList<>();
                for (int i = 0; i < INSTANCES; i++) {
                    String name = "instance-" + i;
                    instances.add(() -> deliver(settings, name));
                }
                int delivered = 0;
                for (Future<Integer> instance : threads.invokeAll(instances)) {
                    delivered += instance.get();
                }
                assertThat(delivered).isEqualTo(INSTANCES * EXPORTS);
                assertThat(new Progress(database, Clock.systemUTC()).byState(List.of(LINKS.name())))
                        .containsOnlyKeys(DeliveryState.DELIVERED)
                        .containsValue((long) INSTANCES * EXPORTS);
                List<String> seen = new ArrayList<>();
                new Status(database).forEach(row -> seen.add(row.exportId()));
                assertThat(seen).hasSize(INSTANCES * EXPORTS).doesNotHaveDuplicates();
            } finally {
                threads.shutdownNow();
            }
        }
    }

    /** Every regular operation, each more often than the driver executes a statement before it prepares it. */
    @Test
    void everyRegularOperationWorksInTransactionMode() {
        try (PgBouncer pooler = start("pool_mode = transaction", "default_pool_size = 3");
                LedgerDatabase database = LedgerDatabase.openForWork(TestDatabase.Server.newDatabase(pooler.port()))) {
            LedgerWork work = new LedgerWork(database);
            work.start();
            work.fallBehind();
            for (LedgerWork.Operation operation : work.regular()) {
                operation.work().run();
            }
        }
    }

    @Test
    void anUpgradeLeavesNoSettingsInTheSessionsOfTheServer() throws SQLException {
        try (PgBouncer pooler = start("pool_mode = transaction", "default_pool_size = 2")) {
            LedgerSettings settings = TestDatabase.Server.newDatabase(pooler.port());
            LedgerDatabase.openForWork(settings).close();
            try (LedgerDatabase first = LedgerDatabase.open(settings)) {
                List<String> left = new ArrayList<>();
                first.jdbi().useTransaction(one -> first.jdbi().useTransaction(two -> {
                    for (var handle : List.of(one, two)) {
                        left.add(handle.createQuery("SELECT current_setting('lock_timeout') || ' '"
                                        + " || (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted"
                                        + " AND database = (SELECT oid FROM pg_database"
                                        + " WHERE datname = current_database()))")
                                .mapTo(String.class)
                                .one());
                    }
                }));
                assertThat(left).containsExactly("0 0", "0 0");
            }
        }
    }

    @Test
    void statementModeIsRefusedWithTheFix() {
        try (PgBouncer pooler = start("pool_mode = statement")) {
            assertRefused(
                    TestDatabase.Server.newDatabase(pooler.port()),
                    "set pool_mode = transaction or session in PgBouncer");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"currentSchema=relay", "options=-c%20statement_timeout=60000", "options=-c%20lock_timeout=5s"})
    void aParameterThatPgBouncerRefusesIsRefusedWithTheFix(String parameter) {
        try (PgBouncer pooler = start("pool_mode = transaction")) {
            LedgerSettings settings = TestDatabase.Server.newDatabase(pooler.port());
            assertRefused(
                    settings.with(settings.url() + "?" + parameter),
                    "PgBouncer does not pass this parameter on: remove it from relay.ledger.url",
                    "ALTER ROLE USER SET PARAMETER = VALUE");
        }
    }

    @Test
    void aSchemaThatPgBouncerIgnoresIsRefusedAndWorksWhenTheServerSetsIt() throws SQLException {
        String database;
        try (PgBouncer pooler = start("pool_mode = transaction", "ignore_startup_parameters = search_path")) {
            LedgerSettings settings = TestDatabase.Server.newDatabase(pooler.port());
            database = settings.url().replaceFirst(".*/", "");
            LedgerSettings direct = TestDatabase.Server.settings(database, "secret");
            direct.execute("CREATE SCHEMA relay");
            assertRefused(
                    settings.with(settings.url() + "?currentSchema=relay"),
                    "would not be in the schema relay of currentSchema, but in public",
                    "ALTER ROLE USER SET search_path = relay");

            direct.execute("ALTER ROLE postgres IN DATABASE " + database + " SET search_path = relay");
        }
        try (PgBouncer pooler = start("pool_mode = transaction")) {
            LedgerSettings settings = TestDatabase.Server.settings(pooler.port(), database, "secret");
            LedgerDatabase.openForWork(settings).close();
            settings.execute("SELECT count(*) FROM relay.delivery");
        }
    }

    private static int deliver(LedgerSettings settings, String name) {
        try (LedgerDatabase database = LedgerDatabase.openForWork(settings)) {
            LedgerInstance me = new LedgerInstance(database, name, LEASE, Clock.systemUTC());
            me.start(LINKS);
            for (int i = 0; i < EXPORTS; i++) {
                me.record(export(name + "-" + i));
            }
            me.createDeliveries();
            int delivered = 0;
            for (List<Delivery> claimed = me.deliveries.claim(LINKS, 4);
                    !claimed.isEmpty();
                    claimed = me.deliveries.claim(LINKS, 4)) {
                me.deliveries.renewLeases();
                claimed.forEach(delivery -> me.deliveries.delivered(delivery, Optional.empty()));
                delivered += claimed.size();
            }
            return delivered;
        }
    }

    private static Export export(String id) {
        Instant now = Instant.now();
        return new Export(
                id,
                Export.COMPLETED,
                "properties_export",
                100,
                "Complete",
                10L,
                100L,
                List.of(new DownloadUrl("properties.csv.gz", "https://store/" + id, 100L)),
                now,
                now,
                now.plus(Duration.ofDays(7)));
    }

    /** By a relay and by the commands. */
    private static void assertRefused(LedgerSettings settings, String... parts) {
        List<ThrowingCallable> ways = List.of(
                () -> LedgerDatabase.openForWork(settings),
                () -> LedgerDatabase.open(settings),
                () -> LedgerDatabase.check(settings));
        for (ThrowingCallable way : ways) {
            assertThatThrownBy(way)
                    .isInstanceOf(SettingsException.class)
                    .hasMessageContaining("relay.ledger.url=")
                    .hasMessageContainingAll(parts)
                    .message()
                    .doesNotContain("\n");
        }
    }

    private static PgBouncer start(String... settings) {
        return PgBouncer.start(TestDatabase.Server.port(), settings);
    }
}
