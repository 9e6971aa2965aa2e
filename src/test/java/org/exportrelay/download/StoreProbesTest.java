package org.exportrelay.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import java.util.stream.LongStream;
import org.exportrelay.delivery.DueExport;
import org.exportrelay.testing.LocalServer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Downloads that pause because the store is away, and the exports that are tried meanwhile. */
class StoreProbesTest extends DownloadTest {

    private static final HttpHandler AWAY = LocalServer.body(503, "text/plain", "busy");

    /** How one object fails, each time. */
    enum Failure {
        UNAVAILABLE(AWAY),
        NO_ANSWER(exchange -> exchange.close()),
        ASKS_FOR_A_DAY(exchange -> {
            exchange.getResponseHeaders().set("Retry-After", "86400");
            exchange.sendResponseHeaders(503, -1);
        });

        private final HttpHandler handler;

        Failure(HttpHandler handler) {
            this.handler = handler;
        }
    }

    @BeforeEach
    void oneAtATime() throws IOException {
        restartWith("relay.download.parallel", "1");
        start(ARCHIVE);
    }

    @ParameterizedTest
    @EnumSource
    void anExportThatAlwaysFailsKeepsNoOtherWaiting(Failure failure) {
        store.answer("/bad", failure.handler);
        store.answer("/good", AWAY);
        list("bad", 1, "/bad");
        list("good", 2, "/good");
        awaitPause();
        store.answer("/good", gzip(TWO_RECORDS));
        for (int round = 0; round < 3; round++) {
            probe(Duration.ofMinutes(40));
        }
        assertThat(awaitDelivery(ARCHIVE).file().exportId()).isEqualTo("good");
    }

    @Test
    void aFileThatTheStoreRefusesEndsThePause() {
        store.answer("/gone", AWAY);
        list("gone", 1, "/gone");
        list("other", 2, "/gone");
        awaitPause();
        store.answer("/gone", LocalServer.body(404, "text/plain", "no such object"));
        api.answer("/v1/exports/gone", apiExport("gone", "/gone", Instant.now().plus(1, ChronoUnit.DAYS)));
        api.answer(
                "/v1/exports/other", apiExport("other", "/gone", Instant.now().plus(1, ChronoUnit.DAYS)));
        probe(Duration.ofMinutes(6));
        assertThat(relay.outage.isPaused()).isFalse();
    }

    @Test
    void remembersNoMoreThanAThousandFilesButAllOfTheLastExport() {
        StoreProbes probes = new StoreProbes();
        probes.failed(export(0, 700));
        probes.failed(export(700, 400));
        assertThat(probes.and(Set.of(-1L))).hasSize(401).contains(-1L, 700L, 1099L);
        probes.failed(export(2000, 5000));
        assertThat(probes.and(Set.of())).hasSize(5000);
        assertThat(probes.startAgain()).isTrue();
        assertThat(probes.startAgain()).isFalse();
    }

    private static DueExport export(long firstFile, int files) {
        return new DueExport(
                LongStream.range(firstFile, firstFile + files)
                        .mapToObj(SpoolAccountsTest::file)
                        .toList(),
                0L,
                true);
    }

    private void list(String id, int days, String path) {
        list(expiring(id, Instant.now().plus(days, ChronoUnit.DAYS), 2L, file("a.csv.gz", path, TWO_RECORDS)));
    }

    private void awaitPause() {
        await().pollInterval(Duration.ofMillis(20)).until(() -> {
            relay.downloads.schedule();
            return relay.outage.isPaused() && !relay.downloads.isBusy();
        });
    }

    /** After a time in which each export is due again, and the next probe. */
    private void probe(Duration later) {
        relay.clock.advance(later);
        relay.downloads.schedule();
        await().until(() -> !relay.downloads.isBusy());
    }
}
