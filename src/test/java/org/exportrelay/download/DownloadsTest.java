package org.exportrelay.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.exportrelay.api.DownloadUrl;
import org.exportrelay.api.Export;
import org.exportrelay.api.RelayApi;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.TestSettings;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.delivery.RetryPolicy;
import org.exportrelay.ledger.DeliveryQueue;
import org.exportrelay.ledger.DestinationRegistry;
import org.exportrelay.ledger.DownloadQueue;
import org.exportrelay.ledger.ExportRecorder;
import org.exportrelay.ledger.Progress;
import org.exportrelay.ledger.SpooledFiles;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.runtime.DataDirectory;
import org.exportrelay.testing.LocalServer;
import org.exportrelay.testing.SettableClock;
import org.exportrelay.testing.SmallDisk;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DownloadsTest {

    private static final Destination ARCHIVE = destination("archive", 3);
    private static final Destination PARTNER = destination("partner", 3);
    private static final String SIGNED = "?X-Goog-Signature=s3cret";
    private static final byte[] TWO_RECORDS = TestFiles.gzip("id,city\n1,Graz\n2,Wien\n");
    private static final byte[] CORRUPT = corrupt(TWO_RECORDS);

    private final LocalServer store = new LocalServer();
    private final LocalServer api = new LocalServer();

    @TempDir
    private Path directory;

    private RelaySettings settings;
    private Relay relay;

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

    @Test
    void downloadsAFileOnceForTwoDestinationsAndKeepsItUntilBothAreDone() {
        store.answer("/a", gzip(TWO_RECORDS));
        start(ARCHIVE, PARTNER);
        list(export("e1", 2L, file("a.csv.gz", "/a", TWO_RECORDS)));

        Delivery toArchive = awaitDelivery(ARCHIVE);
        Delivery toPartner = awaitDelivery(PARTNER);
        assertThat(store.requests()).hasSize(1);
        assertThat(toArchive.attempt()).isEqualTo(1);
        assertThat(toArchive.file().records()).isEqualTo(2);
        assertThat(toArchive.file().sha256()).matches("[0-9a-f]{64}");
        assertThat(relay.spool.complete(toArchive.file().fileId())).hasBinaryContent(TWO_RECORDS);

        deliver(toArchive);
        assertThat(spooled()).hasSize(1);
        deliver(toPartner);
        assertThat(spooled()).isEmpty();
    }

    @Test
    void dropsWhatAnotherInstanceHasFreedSinceThisOneWasAway() {
        store.answer("/a", gzip(TWO_RECORDS));
        start(ARCHIVE);
        list(export("e1", 2L, file("a.csv.gz", "/a", TWO_RECORDS)));
        awaitDelivery(ARCHIVE);
        relay.spool.releaseDone();
        assertThat(spooled()).hasSize(1);
        Clock later = Clock.offset(Clock.systemUTC(), Duration.ofDays(1));
        new DownloadQueue(relay.database, relay.destinations, "other", Duration.ofMinutes(2), later)
                .releaseEndedLeases();
        relay.spool.releaseDone();
        assertThat(spooled()).isEmpty();
    }

    @Test
    void downloadsOnceMoreAfterBadContent() {
        store.answer("/a", gzip(CORRUPT), gzip(TWO_RECORDS));
        start(ARCHIVE);
        list(export("e1", 2L, file("a.csv.gz", "/a", TWO_RECORDS)));

        Delivery delivery = awaitDelivery(ARCHIVE);
        assertThat(delivery.attempt()).isEqualTo(1);
        assertThat(store.requests("/a")).isEqualTo(2);
        assertThat(relay.spool.complete(delivery.file().fileId())).hasBinaryContent(TWO_RECORDS);
    }

    @Test
    void parksWhatIsCorruptTwice() {
        store.answer("/a", gzip(CORRUPT));
        start(ARCHIVE, PARTNER);
        list(export("e1", 2L, file("a.csv.gz", "/a", TWO_RECORDS)));

        Progress.UndeliveredItem trouble = awaitTrouble(ARCHIVE, DeliveryState.PARKED);
        assertThat(trouble.error())
                .startsWith("a.csv.gz is not intact gzip (")
                .contains("in two downloads")
                .contains("run the export again");
        assertThat(trouble.attempts()).isEqualTo(1);
        awaitTrouble(PARTNER, DeliveryState.PARKED);
        assertThat(store.requests("/a")).isEqualTo(2);
        assertThat(spooled()).isEmpty();
    }

    @Test
    void parksAFileOfAnotherSizeThanListed() {
        store.answer("/a", gzip(TWO_RECORDS));
        start(ARCHIVE);
        list(export("e1", 2L, new DownloadUrl("a.csv.gz", url("/a"), 5_000L)));
        assertThat(awaitTrouble(ARCHIVE, DeliveryState.PARKED).error())
                .contains("a.csv.gz has " + TWO_RECORDS.length + " bytes, the API listed 5,000");
    }

    @Test
    void parksAnExportWhoseFilesTogetherHaveTooFewRecords() {
        store.answer("/a", gzip(TWO_RECORDS));
        store.answer("/b", gzip(TWO_RECORDS));
        start(ARCHIVE);
        list(export("e1", 5L, file("a.csv.gz", "/a", TWO_RECORDS), file("b.csv.gz", "/b", TWO_RECORDS)));

        assertThat(awaitTrouble(ARCHIVE, DeliveryState.PARKED).error())
                .startsWith("export e1 has 4 records, the API listed 5, in two downloads");
        assertThat(count(ARCHIVE, DeliveryState.PARKED)).isEqualTo(2);
        assertThat(store.requests("/a")).isEqualTo(2);
        assertThat(spooled()).isEmpty();
    }

    @Test
    void acceptsAnExportWhoseFilesTogetherHaveAllRecords() {
        store.answer("/a", gzip(TWO_RECORDS));
        store.answer("/b", gzip(TWO_RECORDS));
        start(ARCHIVE);
        list(export("e1", 4L, file("a.csv.gz", "/a", TWO_RECORDS), file("b.csv.gz", "/b", TWO_RECORDS)));
        awaitDelivery(ARCHIVE);
        awaitDelivery(ARCHIVE);
        assertThat(store.requests()).hasSize(2);
    }

    @Test
    void keepsTwoFilesOfTheSameNameApart() {
        byte[] other = TestFiles.gzip("id,city\n3,Linz\n");
        store.answer("/a", gzip(TWO_RECORDS));
        store.answer("/b", gzip(other));
        start(ARCHIVE);
        list(export("e1", 3L, file("a.csv.gz", "/a", TWO_RECORDS), file("a.csv.gz", "/b", other)));
        assertThat(List.of(awaitDelivery(ARCHIVE), awaitDelivery(ARCHIVE)))
                .extracting(delivery -> delivery.file().records())
                .containsExactlyInAnyOrder(2L, 1L);
    }

    @Test
    void asksByIdForAFreshUrlAfterARefusal() {
        store.answer("/old", LocalServer.body(403, "application/xml", "<Error><Code>ExpiredToken</Code></Error>"));
        store.answer("/fresh", gzip(TWO_RECORDS));
        api.answer("/v1/exports/e1", apiExport("e1", "/fresh", Instant.now().plus(7, ChronoUnit.DAYS)));
        start(ARCHIVE);
        list(export("e1", 2L, file("a.csv.gz", "/old", TWO_RECORDS)));

        assertThat(awaitDelivery(ARCHIVE).attempt()).isEqualTo(1);
        assertThat(api.requests()).hasSize(1);
        assertThat(store.requests("/old")).isEqualTo(1);
        assertThat(store.requests("/fresh")).isEqualTo(1);
    }

    @Test
    void triesAgainLaterAfterTwoRefusalsAndParksWhenTheAttemptsAreUsedUp() {
        store.answer("/old", LocalServer.body(403, "application/xml", "<Error/>"));
        api.answer("/v1/exports/e1", apiExport("e1", "/old", Instant.now().plus(7, ChronoUnit.DAYS)));
        start(destination("impatient", 2));
        list(export("e1", 2L, file("a.csv.gz", "/old", TWO_RECORDS)));

        Progress.UndeliveredItem trouble = awaitTrouble(destination("impatient", 2), DeliveryState.PARKED);
        assertThat(trouble.error()).isEqualTo("the store refused two URLs of a.csv.gz, the second one fresh");
        assertThat(trouble.attempts()).isEqualTo(2);
        assertThat(store.requests("/old")).isEqualTo(4);
    }

    @Test
    void asksForAnotherUrlBeforeUsingOneThatEndsSoonAndUsesItIfThereIsNone() {
        store.answer("/a", gzip(TWO_RECORDS));
        Instant soon = Instant.now().plus(5, ChronoUnit.MINUTES);
        api.answer("/v1/exports/e1", apiExport("e1", "/a", soon));
        start(ARCHIVE);
        list(expiring("e1", soon, 2L, file("a.csv.gz", "/a", TWO_RECORDS)));
        awaitDelivery(ARCHIVE);
        assertThat(api.requests()).isNotEmpty();
        assertThat(store.requests("/a")).isEqualTo(1);
    }

    @Test
    void expiresWhatTheApiNoLongerHas() {
        start(ARCHIVE);
        relay.ledger.record(List.of(export("e1", 2L, file("a.csv.gz", "/a", TWO_RECORDS))));
        relay.destinations.enrol();

        assertThat(awaitTrouble(ARCHIVE, DeliveryState.EXPIRED).error())
                .isEqualTo("the API no longer has export e1; run it again");
        assertThat(api.requests("/v1/exports/e1")).isEqualTo(1);
        assertThat(store.requests()).isEmpty();
    }

    @Test
    void expiresWhatTheApiHasNoUrlOfAnyMore() {
        api.answer(
                "/v1/exports/e1",
                LocalServer.body(
                        200,
                        "application/json",
                        "{\"data\": {\"export_id\": \"e1\", \"status\": \"completed\", \"download_urls\": null}}"));
        start(ARCHIVE);
        relay.ledger.record(List.of(export("e1", 2L, file("a.csv.gz", "/a", TWO_RECORDS))));
        relay.destinations.enrol();
        assertThat(awaitTrouble(ARCHIVE, DeliveryState.EXPIRED).error())
                .isEqualTo("the API has no URL of a.csv.gz any more; run the export again");
    }

    @Test
    void parksAUrlThatLeadsElsewhereWithoutShowingItsQuery() {
        start(ARCHIVE);
        list(export(
                "e1", 2L, new DownloadUrl("a.csv.gz", "https://evil.example/a" + SIGNED, (long) TWO_RECORDS.length)));
        assertThat(awaitTrouble(ARCHIVE, DeliveryState.PARKED).error())
                .contains("evil.example")
                .contains("relay.download.allowed-hosts")
                .doesNotContain("s3cret");
    }

    @Test
    void parksAUrlThatIsNoneWithoutShowingIt() {
        start(ARCHIVE);
        list(export("e1", 2L, new DownloadUrl("a.csv.gz", "not a url" + SIGNED, null)));
        assertThat(awaitTrouble(ARCHIVE, DeliveryState.PARKED).error())
                .contains("a.csv.gz")
                .doesNotContain("s3cret");
    }

    @Test
    void triesAgainAfterTheStoreFailed() {
        store.answer(
                "/a",
                LocalServer.body(503, "text/plain", "busy"),
                LocalServer.cut(new byte[10], TWO_RECORDS.length),
                gzip(TWO_RECORDS));
        start(ARCHIVE);
        list(export("e1", 2L, file("a.csv.gz", "/a", TWO_RECORDS)));
        assertThat(awaitDelivery(ARCHIVE).attempt()).isEqualTo(3);
        assertThat(store.requests("/a")).isEqualTo(3);
    }

    @Test
    void goesOnWhereACutBodyEndedWithinTheSameAttempt() {
        StoredObject object = new StoredObject(TWO_RECORDS, "\"v1\"").cutting(3, 10);
        store.answer("/a", object);
        start(ARCHIVE);
        list(export("e1", 2L, file("a.csv.gz", "/a", TWO_RECORDS)));
        Delivery delivery = awaitDelivery(ARCHIVE);
        assertThat(delivery.attempt()).isEqualTo(1);
        assertThat(object.ranges()).containsExactly("all", "bytes=10-", "bytes=20-", "bytes=30-");
        assertThat(relay.spool.complete(delivery.file().fileId())).hasBinaryContent(TWO_RECORDS);
    }

    @Test
    void goesOnInTheNextAttemptWhereTheLastOneEnded() {
        StoredObject object = new StoredObject(TWO_RECORDS, "\"v1\"").cutting(8, 4);
        store.answer("/a", object);
        start(ARCHIVE);
        list(export("e1", 2L, file("a.csv.gz", "/a", TWO_RECORDS)));
        Delivery delivery = awaitDelivery(ARCHIVE);
        assertThat(delivery.attempt()).isEqualTo(2);
        assertThat(object.ranges()).hasSize(9).startsWith("all", "bytes=4-").endsWith("bytes=32-");
    }

    @Test
    void goesOnThroughAFreshUrlWhereTheFirstOneEndedMeanwhile() {
        StoredObject object = new StoredObject(TWO_RECORDS, "\"v1\"").cutting(1, 10);
        store.answer("/old", object, LocalServer.body(403, "application/xml", "<Error/>"));
        store.answer("/fresh", object);
        api.answer("/v1/exports/e1", apiExport("e1", "/fresh", Instant.now().plus(7, ChronoUnit.DAYS)));
        start(ARCHIVE);
        list(export("e1", 2L, file("a.csv.gz", "/old", TWO_RECORDS)));
        assertThat(awaitDelivery(ARCHIVE).attempt()).isEqualTo(1);
        assertThat(object.ranges()).containsExactly("all", "bytes=10-");
    }

    @Test
    void fetchesFromTheBeginningWhatWasStitchedTogetherWrongly() {
        StoredObject object = new StoredObject(CORRUPT, "\"v1\"").cutting(1, 10);
        store.answer("/a", object, object, exchange -> {
            object.replace(TWO_RECORDS, "\"v1\"");
            object.handle(exchange);
        });
        start(ARCHIVE);
        list(export("e1", 2L, file("a.csv.gz", "/a", TWO_RECORDS)));
        Delivery delivery = awaitDelivery(ARCHIVE);
        assertThat(object.ranges()).containsExactly("all", "bytes=10-", "all");
        assertThat(relay.spool.complete(delivery.file().fileId())).hasBinaryContent(TWO_RECORDS);
    }

    @Test
    void resumesNoMoreOftenThanFiveTimesInAnAttempt() {
        StoredObject object = new StoredObject(TWO_RECORDS, "\"v1\"").cutting(99, 1);
        store.answer("/a", object);
        Destination once = destination("once", 1);
        start(once);
        list(export("e1", 2L, file("a.csv.gz", "/a", TWO_RECORDS)));
        awaitTrouble(once, DeliveryState.PARKED);
        assertThat(object.ranges()).hasSize(6);
        relay.spool.releaseDone();
        assertThat(spooled()).isEmpty();
    }

    @Test
    void waitsForRoomInTheSpoolAndGoesOnWhenADestinationHasTakenAFile() throws IOException {
        restartWith("relay.spool.max-size", Long.toString(TWO_RECORDS.length + 10L));
        store.answer("/a", gzip(TWO_RECORDS));
        start(ARCHIVE);
        list(expiring("later", Instant.now().plus(3, ChronoUnit.DAYS), 2L, file("a.csv.gz", "/a", TWO_RECORDS)));
        list(expiring("first", Instant.now().plus(1, ChronoUnit.DAYS), 2L, file("a.csv.gz", "/a", TWO_RECORDS)));
        list(expiring("second", Instant.now().plus(2, ChronoUnit.DAYS), 2L, file("a.csv.gz", "/a", TWO_RECORDS)));
        for (String next : List.of("first", "second", "later")) {
            Delivery delivery = awaitDelivery(ARCHIVE);
            assertThat(delivery.file().exportId()).isEqualTo(next);
            assertThat(delivery.attempt()).isEqualTo(1);
            relay.downloads.look();
            assertThat(relay.deliveries.claim(ARCHIVE, 1)).isEmpty();
            assertThat(spooled()).hasSize(1);
            deliver(delivery);
        }
        assertThat(store.requests("/a")).isEqualTo(3);
    }

    @Test
    void dropsWhatIsHalfDownloadedRatherThanKeepOutWhatIsNearerToItsExpiry() throws IOException {
        restartWith("relay.spool.max-size", Long.toString(TWO_RECORDS.length + 10L));
        StoredObject cut = new StoredObject(TWO_RECORDS, "\"v1\"").cutting(6, 5);
        store.answer("/cut", cut);
        store.answer("/a", gzip(TWO_RECORDS));
        Destination patient = new Destination(
                "patient",
                new NamePattern("*"),
                true,
                true,
                new RetryPolicy(3, Duration.ofSeconds(2), Duration.ofSeconds(2)));
        start(patient);
        list(export("half", 2L, file("a.csv.gz", "/cut", TWO_RECORDS)));
        await().until(() -> {
            relay.downloads.look();
            return cut.ranges().size() == 6;
        });
        assertThat(spooled()).hasSize(1);
        list(expiring("near", Instant.now().plus(1, ChronoUnit.DAYS), 2L, file("a.csv.gz", "/a", TWO_RECORDS)));
        Delivery near = awaitDelivery(patient);
        assertThat(near.file().exportId()).isEqualTo("near");
        deliver(near);
        assertThat(awaitDelivery(patient).file().exportId()).isEqualTo("half");
        assertThat(cut.ranges()).endsWith("all");
    }

    @Test
    void parksWhatCouldNeverFitBeforeAByteOfItIsFetched() throws IOException {
        restartWith("relay.spool.max-size", "100");
        store.answer("/a", gzip(TWO_RECORDS));
        start(ARCHIVE);
        list(export(
                "e1",
                null,
                file("a.csv.gz", "/a", TWO_RECORDS),
                file("b.csv.gz", "/a", TWO_RECORDS),
                file("c.csv.gz", "/a", TWO_RECORDS)));
        assertThat(awaitTrouble(ARCHIVE, DeliveryState.PARKED).error())
                .isEqualTo("the files of export e1 need " + 3 * TWO_RECORDS.length
                        + " bytes together, more than relay.spool.max-size=100; raise it, restart, then replay");
        assertThat(store.requests()).isEmpty();
    }

    @Test
    void parksWhatIsListedWithAnImpossibleSize() {
        start(ARCHIVE);
        list(export("e1", null, new DownloadUrl("a.csv.gz", url("/a"), Long.MAX_VALUE)));
        assertThat(awaitTrouble(ARCHIVE, DeliveryState.PARKED).error())
                .contains("a.csv.gz is larger than relay.download.max-size=21,474,836,480 bytes");
        assertThat(store.requests()).isEmpty();
    }

    @Test
    void forgetsAPartThatNobodyWaitsForAnyMore() {
        store.answer("/a", new StoredObject(TWO_RECORDS, "\"v1\"").cutting(99, 5));
        Destination patient = new Destination(
                "patient",
                new NamePattern("*"),
                true,
                true,
                new RetryPolicy(3, Duration.ofHours(1), Duration.ofHours(1)));
        start(patient);
        list(export("e1", 2L, file("a.csv.gz", "/a", TWO_RECORDS)));
        relay.downloads.look();
        await().until(() -> count(patient, DeliveryState.RETRYING) == 1);
        relay.spool.releaseDone();
        assertThat(spooled()).hasSize(1);
        relay.destinations.stop("patient");
        relay.spool.releaseDone();
        assertThat(spooled()).as("its route may just be reloaded").hasSize(1);
        relay.absence.advance(Duration.ofMinutes(2));
        relay.spool.releaseDone();
        assertThat(spooled()).isEmpty();
    }

    @Test
    void postponesWithoutAnAttemptWhatFillsTheDiskAndLeavesNothingBehind() throws IOException {
        Path small = directory.resolve("small");
        try (SmallDisk disk = SmallDisk.mount(small, 3)) {
            settings = settings("relay.data-dir", small.toString());
            restart();
            byte[] large = new byte[6 << 20];
            new Random(1).nextBytes(large);
            store.answer("/a", LocalServer.body(200, "application/octet-stream", large));
            Destination once = destination("once", 1);
            start(once);
            list(export("e1", null, new DownloadUrl("a.bin", url("/a"), null)));
            relay.downloads.look();
            await().until(() -> count(once, DeliveryState.RETRYING) == 1);
            assertThat(small.resolve("spool")).isEmptyDirectory();
            relay.close();
        } finally {
            settings = settings();
            relay = new Relay(settings);
        }
    }

    @Test
    void saysThatADownloadStalled() {
        store.answer("/a", store.stalled(200, new byte[10]));
        Destination once = destination("once", 1);
        start(once);
        list(export("e1", 2L, new DownloadUrl("a.csv.gz", url("/a"), null)));
        assertThat(awaitTrouble(once, DeliveryState.PARKED).error())
                .isEqualTo("downloading failed (nothing came for relay.download.stall-timeout=1s)");
    }

    @Test
    void oneFailingExportDelaysNoOther() {
        store.answer("/bad", store.stalled(200, new byte[10]));
        store.answer("/good", gzip(TWO_RECORDS));
        start(ARCHIVE);
        list(export("e1", 2L, file("a.csv.gz", "/bad", TWO_RECORDS)));
        list(export("e2", 2L, file("b.csv.gz", "/good", TWO_RECORDS)));
        assertThat(awaitDelivery(ARCHIVE).file().exportId()).isEqualTo("e2");
    }

    @Test
    void emptiesTheSpoolHoweverManyExportsThereWere() {
        store.answer("/a", gzip(TWO_RECORDS));
        start(ARCHIVE);
        IntStream.range(0, 20).forEach(i -> list(export("e" + i, 2L, file("a.csv.gz", "/a", TWO_RECORDS))));
        for (int i = 0; i < 20; i++) {
            deliver(awaitDelivery(ARCHIVE));
        }
        assertThat(store.requests("/a")).isEqualTo(20);
        assertThat(spooled()).isEmpty();
    }

    @Test
    void takesOverWhatTheSpoolHasAndDeletesWhatItShouldNotHave() throws IOException {
        store.answer("/a", gzip(TWO_RECORDS));
        start(ARCHIVE);
        list(export("e1", 2L, file("a.csv.gz", "/a", TWO_RECORDS)));
        long fileId = awaitDelivery(ARCHIVE).file().fileId();
        Files.writeString(directory.resolve("spool/99.part"), "left by a download that never ended");
        Files.writeString(relay.spool.complete(98), "in no ledger");
        Files.writeString(directory.resolve("spool/notes.txt"), "left by someone else");

        restart();
        start(ARCHIVE);
        assertThat(spooled()).containsExactly(relay.spool.complete(fileId));
        Delivery again = awaitDelivery(ARCHIVE);
        assertThat(again.attempt()).isEqualTo(2);
        assertThat(store.requests("/a")).isEqualTo(1);
        deliver(again);
        assertThat(spooled()).isEmpty();
    }

    @Test
    void fetchesAgainAfterARestartWhatTheSpoolLost() throws IOException {
        store.answer("/a", gzip(TWO_RECORDS));
        start(ARCHIVE);
        Export export = export("e1", 2L, file("a.csv.gz", "/a", TWO_RECORDS));
        list(export);
        Files.delete(relay.spool.complete(awaitDelivery(ARCHIVE).file().fileId()));

        restart();
        start(ARCHIVE);
        list(export);
        assertThat(relay.spool.complete(awaitDelivery(ARCHIVE).file().fileId())).hasBinaryContent(TWO_RECORDS);
        assertThat(store.requests("/a")).isEqualTo(2);
    }

    @Test
    void fetchesAgainAfterARestartWhatWasHalfway() throws IOException {
        store.answer("/a", gzip(TWO_RECORDS));
        start(ARCHIVE);
        Export export = export("e1", 2L, file("a.csv.gz", "/a", TWO_RECORDS));
        list(export);
        // As a killed process leaves it: claimed, and the file begun.
        ExportFile claimed =
                relay.downloadQueue.claim(1, files -> true).get(0).files().get(0);
        Files.writeString(directory.resolve("spool/" + claimed.fileId() + ".part"), "half");

        restart();
        start(ARCHIVE);
        list(export);
        assertThat(awaitDelivery(ARCHIVE).attempt()).isEqualTo(1);
        assertThat(store.requests("/a")).isEqualTo(1);
    }

    private void restartWith(String key, String value) throws IOException {
        settings = settings(key, value);
        restart();
    }

    private RelaySettings settings(String... more) {
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

    private void restart() throws IOException {
        relay.close();
        relay = new Relay(settings);
        relay.deliveries.takeOver();
        relay.downloads.start();
    }

    private void start(Destination... destinations) {
        Stream.of(destinations).forEach(relay.destinations::start);
        relay.destinations.enrol();
    }

    /** What a poll does with an export of a page. */
    private void list(Export export) {
        relay.api.signedUrls().remember(export);
        relay.ledger.record(List.of(export));
        relay.destinations.enrol();
    }

    private Delivery awaitDelivery(Destination destination) {
        List<Delivery> claimed = new ArrayList<>();
        await().pollInterval(Duration.ofMillis(20)).until(() -> {
            relay.downloads.look();
            claimed.addAll(relay.deliveries.claim(destination, 1));
            return !claimed.isEmpty();
        });
        return claimed.get(0);
    }

    private Progress.UndeliveredItem awaitTrouble(Destination destination, DeliveryState state) {
        await().pollInterval(Duration.ofMillis(20)).until(() -> {
            relay.downloads.look();
            return count(destination, state) > 0;
        });
        return relay.progress
                .undeliveredSince(List.of(destination.name()), Instant.EPOCH)
                .get(0);
    }

    private void deliver(Delivery delivery) {
        assertThat(relay.deliveries.delivered(delivery)).isTrue();
        relay.spool.settled(delivery.file().fileId());
        relay.spool.releaseSettled();
    }

    private long count(Destination destination, DeliveryState state) {
        return relay.progress.byState(List.of(destination.name())).getOrDefault(state, 0L);
    }

    private List<Path> spooled() {
        try (Stream<Path> files = Files.list(directory.resolve("spool"))) {
            return files.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Destination destination(String name, int maxAttempts) {
        RetryPolicy retries = new RetryPolicy(maxAttempts, Duration.ofMillis(10), Duration.ofMillis(50));
        return new Destination(name, new NamePattern("*"), true, true, retries);
    }

    private DownloadUrl file(String filename, String path, byte[] content) {
        return new DownloadUrl(filename, url(path), (long) content.length);
    }

    private String url(String path) {
        return store.url(path + SIGNED).toString();
    }

    private static Export export(String id, Long records, DownloadUrl... files) {
        return expiring(id, Instant.now().plus(7, ChronoUnit.DAYS), records, files);
    }

    private static Export expiring(String id, Instant expiresAt, Long records, DownloadUrl... files) {
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

    private HttpHandler apiExport(String id, String path, Instant expiresAt) {
        return LocalServer.body(
                200,
                "application/json",
                """
                {"data": {"export_id": "%s", "status": "completed", "record_count": 2, "expires_at": "%s",
                  "download_urls": [{"filename": "a.csv.gz", "url": "%s", "size": %d}]}}"""
                        .formatted(id, expiresAt.truncatedTo(ChronoUnit.MILLIS), url(path), TWO_RECORDS.length));
    }

    private static HttpHandler gzip(byte[] content) {
        return LocalServer.body(200, "application/gzip", content);
    }

    private static byte[] corrupt(byte[] content) {
        byte[] corrupt = content.clone();
        corrupt[content.length - 6] ^= 1;
        return corrupt;
    }

    /** One process of the relay, as far as downloads go. */
    private static final class Relay implements AutoCloseable {

        /** How long a stopped destination has been away. */
        private final SettableClock absence = new SettableClock(Instant.now());

        private final DataDirectory dataDirectory;
        private final LedgerDatabase database;
        private final ExportRecorder ledger;
        private final DestinationRegistry destinations;
        private final DeliveryQueue deliveries;
        private final DownloadQueue downloadQueue;
        private final Progress progress;
        private final RelayApi api;
        private final StoreClient storeClient;
        private final Spool spool;
        private final Downloads downloads;

        Relay(RelaySettings settings) {
            Clock clock = Clock.systemUTC();
            dataDirectory = DataDirectory.own(settings.dataDir());
            database = LedgerDatabase.open(settings.ledger());
            String owner = java.util.UUID.randomUUID().toString();
            ledger = new ExportRecorder(database, clock);
            destinations = new DestinationRegistry(database, absence);
            deliveries = new DeliveryQueue(database, owner, settings.delivery().lease(), clock);
            downloadQueue = new DownloadQueue(
                    database, destinations, owner, settings.delivery().lease(), clock);
            SpooledFiles spooledFiles = new SpooledFiles(
                    database, destinations, owner, settings.delivery().lease(), clock);
            progress = new Progress(database, clock);
            api = new RelayApi(settings);
            SizeLimits limits = new SizeLimits(settings);
            storeClient = new StoreClient(settings, limits);
            spool = new Spool(settings, database, downloadQueue, spooledFiles, limits);
            FileDownload fileFetch =
                    new FileDownload(new FreshUrls(api.signedUrls(), settings), storeClient, settings, wait -> {});
            ExportDownload exportFetch = new ExportDownload(fileFetch, new Verifier(settings), spool, limits);
            downloads = new Downloads(settings, database, downloadQueue, spool, limits, exportFetch, fileFetch);
        }

        @Override
        public void close() throws IOException {
            downloads.stop();
            storeClient.close();
            api.close();
            database.close();
            dataDirectory.close();
        }
    }
}
