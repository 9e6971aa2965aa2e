package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.exportrelay.api.DownloadUrl;
import org.exportrelay.api.Export;
import org.exportrelay.api.RelayApi;
import org.exportrelay.api.RequestLog.Window;
import org.exportrelay.api.UrlCipher;
import org.exportrelay.config.TestSettings;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.delivery.RetryPolicy;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.testing.SettableClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What instances that share a ledger share of the API. */
class SharedApiTest {

    private static final Instant NOW = Instant.parse("2026-02-17T16:00:00Z");
    private static final List<Window> WINDOWS =
            List.of(new Window(Duration.ofMinutes(1), 10, 0), new Window(Duration.ofDays(1), 25, 0));

    private final SettableClock clock = new SettableClock(NOW);
    private LedgerDatabase database;

    @BeforeEach
    void open(@TempDir Path directory) {
        database = TestDatabase.POSTGRESQL.open(directory);
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void allInstancesTogetherStayWithinTheLimitsOfAMinuteAndOfADay() throws Exception {
        assertThat(spendFromFourInstances()).isEqualTo(10);
        assertThat(new SharedRequests(database, clock).freeIn(WINDOWS)).contains(Duration.ofSeconds(61));
        clock.advance(Duration.ofSeconds(61));
        assertThat(spendFromFourInstances()).isEqualTo(10);
        clock.advance(Duration.ofSeconds(61));
        assertThat(spendFromFourInstances()).isEqualTo(5);
        clock.advance(Duration.ofHours(23));
        assertThat(spendFromFourInstances()).isZero();
        clock.advance(Duration.ofHours(1));
        assertThat(spendFromFourInstances()).isEqualTo(10);
        clock.advance(Duration.ofDays(2));
        assertThat(spendFromFourInstances()).isEqualTo(10);
        assertThat(number("SELECT count(*) FROM api_request")).isEqualTo(1);
    }

    @Test
    void eachInstanceCountsTheRequestsOfAll() throws Exception {
        spendFromFourInstances();
        clock.advance(Duration.ofSeconds(61));
        spendFromFourInstances();
        SharedRequests requests = new SharedRequests(database, clock);
        assertThat(requests.sent(Duration.ofMinutes(1))).isEqualTo(10);
        assertThat(requests.sent(Duration.ofDays(1))).isEqualTo(20);
    }

    private int spendFromFourInstances() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<Long>> spent = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                SharedRequests requests = new SharedRequests(database, clock);
                spent.add(threads.submit(() -> IntStream.range(0, 12)
                        .filter(request ->
                                requests.add(request % 2 == 0, WINDOWS).isEmpty())
                        .count()));
            }
            int sum = 0;
            for (Future<Long> each : spent) {
                sum += each.get().intValue();
            }
            return sum;
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void listRequestsLeaveToUrlsWhatIsReservedForThem() {
        SharedRequests requests = new SharedRequests(database, clock);
        Window forList = new Window(Duration.ofMinutes(1), 10, 4);
        assertThat(IntStream.range(0, 20)
                        .filter(i -> requests.add(false, List.of(forList)).isEmpty()))
                .hasSize(6);
        Window forUrls = new Window(Duration.ofMinutes(1), 10, 0);
        assertThat(IntStream.range(0, 20)
                        .filter(i -> requests.add(true, List.of(forUrls)).isEmpty()))
                .hasSize(4);
    }

    @Test
    void urlsReachAnotherInstanceAndNeverTheLedgerInClear() throws IOException {
        Export export = export("e1", "https://storage.example/a?X-Goog-Signature=s3cret");
        try (RelayApi api = api("dm_sk_live_one");
                RelayApi other = api("dm_sk_live_two")) {
            SharedUrls urls = urls(api.urlCipher());
            urls.save(List.of(export, export("e2", "https://storage.example/b?X-Goog-Signature=s3cret")));
            assertThat(urls(api.urlCipher()).load(List.of("e1", "e3"))).containsExactly(export);
            assertThat(urls(other.urlCipher()).load(List.of("e1", "e2"))).isEmpty();
        }
        List<String> rows = database.jdbi()
                .withHandle(handle -> handle.createQuery("SELECT export_id || encrypted FROM export_url")
                        .mapTo(String.class)
                        .list());
        assertThat(rows).hasSize(2).allSatisfy(row -> assertThat(row)
                .doesNotContain("http", "storage.example", "s3cret", "Signature", "dm_sk"));
        database.jdbi().useHandle(handle -> {
            handle.execute("UPDATE export_url SET encrypted = (SELECT encrypted FROM export_url WHERE export_id = 'e2')"
                    + " WHERE export_id = 'e1'");
        });
        try (RelayApi api = api("dm_sk_live_one")) {
            assertThat(urls(api.urlCipher()).load(List.of("e1"))).isEmpty();
        }
    }

    @Test
    void urlsAreDeletedOnceNoDeliveryWaitsForThem() throws IOException {
        LedgerInstance ledger = new LedgerInstance(database, "me", Duration.ofMinutes(2), clock);
        ledger.start(new Destination(
                "archive",
                new NamePattern("*"),
                true,
                true,
                new RetryPolicy(3, Duration.ofSeconds(1), Duration.ofSeconds(1))));
        try (RelayApi api = api("dm_sk_live_one")) {
            SharedUrls urls = urls(api.urlCipher());
            Export waits = export("e1", "https://storage.example/a");
            ledger.record(waits);
            ledger.createDeliveries();
            urls.save(List.of(waits, export("e2", "https://storage.example/b")));
            urls.deleteUnneeded();
            assertThat(number("SELECT count(*) FROM export_url")).isEqualTo(2);
            clock.advance(Duration.ofMinutes(11));
            urls.deleteUnneeded();
            assertThat(urls.load(List.of("e1", "e2"))).containsExactly(waits);
        }
    }

    private SharedUrls urls(UrlCipher cipher) {
        return new SharedUrls(database, cipher, clock);
    }

    private static RelayApi api(String key) {
        return new RelayApi(TestSettings.of("relay.api.url", "http://127.0.0.1:1", "relay.api.key", key));
    }

    private int number(String query) {
        return database.jdbi()
                .withHandle(
                        handle -> handle.createQuery(query).mapTo(Integer.class).one());
    }

    private static Export export(String id, String url) {
        return new Export(
                id,
                "completed",
                null,
                null,
                null,
                1L,
                1L,
                List.of(new DownloadUrl("a.csv.gz", url, 1L)),
                NOW,
                NOW,
                NOW.plus(Duration.ofDays(7)));
    }
}
