package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.exportrelay.api.Export;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.Destination;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.testing.TcpGate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A PostgreSQL that hangs takes no claim from an instance that works, and no thread for long. */
@Timeout(60)
class HungLedgerTest {

    /** The shortest that the settings allow. */
    private static final Duration LEASE = Duration.ofSeconds(5);

    private static final Destination LINKS = LedgerTest.links("links");
    private static final int MORE_THAN_THERE_ARE_CONNECTIONS = 20;

    private final LedgerSettings direct = TestDatabase.Server.newDatabase();
    private final TcpGate gate = new TcpGate(TestDatabase.Server.port());
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private LedgerDatabase database;
    private LedgerInstance me;
    private Delivery claimed;

    @BeforeEach
    void claim() {
        database = LedgerDatabase.openForWork(
                direct.with(direct.url().replaceFirst(":\\d+/", ":" + gate.port() + "/")), LEASE);
        me = new LedgerInstance(database, "me", LEASE, Clock.systemUTC());
        me.record(export("a"));
        me.record(export("b"));
        me.start(LINKS);
        claimed = me.deliveries.claim(LINKS, 1).get(0);
    }

    @AfterEach
    void close() throws Exception {
        threads.shutdownNow();
        database.close();
        gate.close();
    }

    @Test
    void renewsLeasesWhileOtherWorkUsesUpAllConnections() {
        List<CompletableFuture<Void>> hung = IntStream.range(0, MORE_THAN_THERE_ARE_CONNECTIONS)
                .mapToObj(i -> CompletableFuture.runAsync(() -> sleep(database), threads))
                .toList();
        me.deliveries.renewLeases();
        me.renewFileLeases();
        assertThat(hung).noneMatch(CompletableFuture::isDone);
        assertThat(new PollLease(database, "me", Clock.systemUTC()).renew()).isFalse();
        assertThat(hung)
                .allSatisfy(work -> assertThatThrownBy(work::join).rootCause().isInstanceOf(SQLException.class));
        assertThat(me.deliveries.delivered(claimed, Optional.empty())).isTrue();
    }

    @Test
    void aRowThatAnotherSessionHasLockedEndsAStatementButNoClaim() throws SQLException {
        try (Connection other = direct.connect();
                Statement lock = other.createStatement()) {
            other.setAutoCommit(false);
            lock.execute("SELECT 1 FROM delivery FOR UPDATE");
            assertThatThrownBy(() -> me.deliveries.delivered(claimed, Optional.empty()))
                    .rootCause()
                    .isInstanceOf(SQLException.class);
            me.deliveries.renewLeases();
        }
        assertThat(me.deliveries.delivered(claimed, Optional.empty())).isTrue();
    }

    @Test
    void aServerThatAnswersNoMoreFailsTheRenewalInTimeForTheNext() {
        Instant renewed = Instant.now();
        me.deliveries.renewLeases();
        gate.mute();
        assertThatThrownBy(me.deliveries::renewLeases).isInstanceOf(RuntimeException.class);
        assertThat(Duration.between(renewed, Instant.now())).isLessThan(LEASE.minusSeconds(1));
        gate.cut();
        await().atMost(LEASE.minus(Duration.between(renewed, Instant.now())).toMillis(), TimeUnit.MILLISECONDS)
                .ignoreExceptions()
                .until(() -> {
                    me.deliveries.renewLeases();
                    return true;
                });
        assertThat(new LedgerInstance(database, "other", LEASE, Clock.systemUTC()).deliveries.releaseEndedLeases())
                .isZero();
        assertThat(me.deliveries.delivered(claimed, Optional.empty())).isTrue();
    }

    private static void sleep(LedgerDatabase database) {
        database.jdbi().useHandle(handle -> handle.execute("SELECT pg_sleep(30)"));
    }

    private static Export export(String id) {
        return LedgerTest.expiring(id, Instant.now().plus(Duration.ofDays(1)));
    }
}
