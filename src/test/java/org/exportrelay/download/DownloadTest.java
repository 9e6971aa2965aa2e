package org.exportrelay.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpHandler;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.apache.camel.impl.DefaultCamelContext;
import org.exportrelay.api.DownloadUrl;
import org.exportrelay.api.Export;
import org.exportrelay.api.HttpConnections;
import org.exportrelay.api.RelayApi;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.TestSettings;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.FailureLog;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.delivery.RetryPolicy;
import org.exportrelay.ledger.LedgerInstance;
import org.exportrelay.ledger.Progress;
import org.exportrelay.ledger.SharedUrls;
import org.exportrelay.ledger.TestDatabase;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.testing.LocalServer;
import org.exportrelay.testing.SettableClock;
import org.exportrelay.trace.TestTraces;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Downloads from a store on this machine, by the parts of the relay that take part in one. */
abstract class DownloadTest {

    static final Destination ARCHIVE = destination("archive", 3);
    static final Destination PARTNER = destination("partner", 3);
    static final String SIGNED = "?X-Goog-Signature=s3cret";
    static final byte[] TWO_RECORDS = TestFiles.gzip("id,city\n1,Graz\n2,Wien\n");
    static final byte[] CORRUPT = corrupt(TWO_RECORDS);

    final LocalServer store = new LocalServer();
    final LocalServer api = new LocalServer();

    @TempDir
    Path directory;

    RelaySettings settings;
    Relay relay;

    @BeforeEach
    void startRelay() throws IOException {
        settings = settings();
        relay = new Relay(settings);
        relay.downloads.start();
    }

    @AfterEach
    void stopRelay() throws IOException {
        relay.close();
        store.close();
        api.close();
    }

    final void restartWith(String key, String value) throws IOException {
        settings = settings(key, value);
        restart();
    }

    final RelaySettings settings(String... more) {
        Stream<String> always = Stream.of(
                "relay.api.url",
                api.url("").toString(),
                "relay.api.key",
                "dm_sk_live_0123456789abcdef0123456789abcdef",
                "relay.data-dir",
                directory.toString(),
                "relay.ledger.url",
                "jdbc:sqlite:" + directory.resolve("ledger.db"),
                "relay.download.allowed-hosts",
                store.authority(),
                "relay.download.stall-timeout",
                "1s");
        return TestSettings.of(Stream.concat(always, Stream.of(more)).toArray(String[]::new));
    }

    final void restart() throws IOException {
        relay.close();
        relay = new Relay(settings);
        relay.ledger.deliveries.takeOver();
        relay.downloads.start();
    }

    final void start(Destination... destinations) {
        relay.ledger.start(destinations);
    }

    /** What a poll does with an export of a page. */
    final void list(Export export) {
        relay.api.signedUrls().remember(export);
        relay.ledger.recorder.record(List.of(export), Optional.empty());
        relay.ledger.createDeliveries();
    }

    final Delivery awaitDelivery(Destination destination) {
        List<Delivery> claimed = new ArrayList<>();
        await().pollInterval(Duration.ofMillis(20)).until(() -> {
            relay.downloads.schedule();
            claimed.addAll(relay.ledger.deliveries.claim(destination, 1));
            return !claimed.isEmpty();
        });
        return claimed.get(0);
    }

    final Progress.UndeliveredItem awaitUndelivered(Destination destination, DeliveryState state) {
        await().pollInterval(Duration.ofMillis(20)).until(() -> {
            relay.downloads.schedule();
            return count(destination, state) > 0;
        });
        return relay.ledger
                .progress
                .undeliveredSince(List.of(destination.name()), List.of(), Instant.EPOCH)
                .get(0);
    }

    final void deliver(Delivery delivery) {
        assertThat(relay.ledger.deliveries.delivered(delivery, Optional.empty()))
                .isTrue();
        relay.spool.deliveryEnded(delivery.file().fileId());
        relay.spool.releaseEnded();
    }

    final long count(Destination destination, DeliveryState state) {
        return relay.ledger.progress.byState(List.of(destination.name())).getOrDefault(state, 0L);
    }

    final List<Path> spooled() {
        try (Stream<Path> files = Files.list(directory.resolve("spool"))) {
            return files.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Destination destination(String name, int maxAttempts) {
        RetryPolicy retries = new RetryPolicy(maxAttempts, Duration.ofMillis(10), Duration.ofMillis(50));
        return new Destination(name, new NamePattern("*"), true, true, retries);
    }

    final DownloadUrl file(String filename, String path, byte[] content) {
        return new DownloadUrl(filename, url(path), (long) content.length);
    }

    final String url(String path) {
        return store.url(path + SIGNED).toString();
    }

    static Export export(String id, Long records, DownloadUrl... files) {
        return expiring(id, Instant.now().plus(7, ChronoUnit.DAYS), records, files);
    }

    static Export expiring(String id, Instant expiresAt, Long records, DownloadUrl... files) {
        Instant created = Instant.parse("2026-02-17T15:30:00.000Z");
        return new Export(
                id,
                Export.COMPLETED,
                "properties_export",
                100,
                null,
                records,
                null,
                List.of(files),
                created,
                created,
                expiresAt.truncatedTo(ChronoUnit.MILLIS));
    }

    final HttpHandler apiExport(String id, String path, Instant expiresAt) {
        return LocalServer.body(
                200,
                "application/json",
                """
                {"data": {"export_id": "%s", "status": "completed", "record_count": 2, "expires_at": "%s",
                  "download_urls": [{"filename": "a.csv.gz", "url": "%s", "size": %d}]}}"""
                        .formatted(id, expiresAt.truncatedTo(ChronoUnit.MILLIS), url(path), TWO_RECORDS.length));
    }

    static HttpHandler gzip(byte[] content) {
        return LocalServer.body(200, "application/gzip", content);
    }

    static byte[] corrupt(byte[] content) {
        byte[] corrupt = content.clone();
        corrupt[content.length - 6] ^= 1;
        return corrupt;
    }

    /** This machine's clocks, which a test may put forward. */
    static final class AdvancingClock extends Clock {

        private final AtomicLong ahead = new AtomicLong();

        void advance(Duration by) {
            ahead.addAndGet(by.toNanos());
        }

        long nanoTime() {
            return System.nanoTime() + ahead.get();
        }

        @Override
        public Instant instant() {
            return Instant.now().plusNanos(ahead.get());
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    /** One process of the relay, as far as downloads go. */
    static final class Relay implements AutoCloseable {

        /** How long a stopped destination has been away. */
        final SettableClock absence = new SettableClock(Instant.now());

        /** While an interrupted download waits. */
        volatile Runnable onResume = () -> {};

        final AdvancingClock clock = new AdvancingClock();

        final LedgerInstance ledger;
        final Spool spool;
        final Downloads downloads;
        final StoreOutage outage;
        final StoreHeaders headers;
        final RelayApi api;
        private final StoreClient storeClient;
        private final DefaultCamelContext context = new DefaultCamelContext();

        Relay(RelaySettings settings) {
            TestDatabase.createTables(settings.ledger());
            ledger = new LedgerInstance(
                    LedgerDatabase.openForWork(settings.ledger()),
                    UUID.randomUUID().toString(),
                    settings.delivery().lease(),
                    clock,
                    absence);
            api = new RelayApi(settings);
            SizeLimits limits = new SizeLimits(settings);
            storeClient = new StoreClient(settings, limits, new HttpConnections(settings, Map.of()));
            spool = new Spool(settings, ledger.downloads, ledger.spooled, limits);
            outage = new StoreOutage(clock::nanoTime);
            FreshUrls urls = new FreshUrls(
                    api.signedUrls(), new SharedUrls(ledger.database, api.urlCipher(), clock), settings, api.clock());
            FileDownload fileDownload = new FileDownload(urls, storeClient, outage, settings, wait -> onResume.run());
            headers = new StoreHeaders(urls, storeClient, fileDownload);
            ExportDownload exportDownload = new ExportDownload(fileDownload, new Verifier(settings), spool);
            downloads = new Downloads(
                    context,
                    settings,
                    ledger.database,
                    ledger.scan,
                    ledger.downloads,
                    spool,
                    new DownloadAdmission(
                            spool,
                            new SpoolEviction(spool, ledger.spooled, ledger.states, api.clock()),
                            limits,
                            api.clock()),
                    outage,
                    api.clock(),
                    exportDownload,
                    fileDownload,
                    urls,
                    new FailureLog(),
                    new DownloadMetrics(new SimpleMeterRegistry(), spool, fileDownload),
                    TestTraces.off());
        }

        @Override
        public void close() throws IOException {
            downloads.stop();
            context.close();
            storeClient.close();
            api.close();
            ledger.database.close();
        }
    }
}
