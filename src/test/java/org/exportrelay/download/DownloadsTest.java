package org.exportrelay.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.testing.LocalServer;
import org.exportrelay.testing.LogLines;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One download for all destinations, and no export in the way of another. */
class DownloadsTest extends DownloadTest {

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
    void retriesAfterTheStoreFailed() {
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

    @ParameterizedTest
    @ValueSource(classes = {OutOfMemoryError.class, StackOverflowError.class, NoClassDefFoundError.class})
    void anErrorInADownloadEndsNoThreadForGood(Class<? extends Error> type) throws Exception {
        restartWith("relay.download.parallel", "1");
        Error error = type.getConstructor().newInstance();
        relay.onResume = () -> {
            relay.onResume = () -> {};
            throw error;
        };
        store.answer("/a", new StoredObject(TWO_RECORDS, "\"v1\"").cutting(1, 10));
        start(ARCHIVE);
        list(export("e1", 2L, file("a.csv.gz", "/a", TWO_RECORDS)));
        assertThat(awaitDelivery(ARCHIVE).attempt()).isEqualTo(2);
    }

    /** Also if that is no outage of the ledger, which maintenance would report. */
    @Test
    void anEndThatTheLedgerRefusesToRecordIsReportedOnceAndRecordedLater() {
        store.answer("/a", gzip(TWO_RECORDS));
        start(ARCHIVE);
        try (LogLines log = LogLines.of(Downloads.class)) {
            execute(
                    "CREATE TRIGGER refuse BEFORE UPDATE OF sha256 ON export_file BEGIN SELECT RAISE(ABORT, 'refused'); END");
            list(export("e1", 2L, file("a.csv.gz", "/a", TWO_RECORDS)));
            relay.downloads.schedule();
            await().atMost(Duration.ofSeconds(20)).until(() -> !log.all().isEmpty());
            execute("DROP TRIGGER refuse");
            assertThat(awaitDelivery(ARCHIVE).attempt()).isEqualTo(1);
            assertThat(log.all())
                    .singleElement(STRING)
                    .startsWith("ERROR cannot record in the ledger how the download of export e1 ended (")
                    .contains("refused")
                    .endsWith("retrying every second");
        }
        assertThat(store.requests("/a")).isEqualTo(1);
    }

    private void execute(String sql) {
        relay.ledger.database.jdbi().useHandle(handle -> handle.execute(sql));
    }

    /** As a new route with a long past, whose URLs the API gives slowly. */
    @Test
    void exportsWhoseUrlsAreMissingDoNotHoldUpOneWhoseUrlIsKnown() {
        // Each call is repeated for longer than this test takes.
        api.answer("/v1/exports", LocalServer.body(503, "application/json", "{}"));
        store.answer("/a", gzip(TWO_RECORDS));
        start(PARTNER);
        for (int i = 0; i < 100; i++) {
            relay.ledger.recorder.record(
                    List.of(export("past" + i, 2L, file("a.csv.gz", "/a", TWO_RECORDS))), Optional.empty());
        }
        relay.ledger.createDeliveries();
        relay.downloads.schedule();
        start(ARCHIVE);
        for (int i = 0; i < 20; i++) {
            list(export("new" + i, 2L, file("a.csv.gz", "/a", TWO_RECORDS)));
            awaitDelivery(ARCHIVE);
        }
    }

    @Test
    void isStalledWhileTheStoreIsAwayAndItsDownloadsAreRepeated() {
        store.answer("/a", LocalServer.body(503, "text/plain", "busy"));
        start(ARCHIVE);
        list(export("e1", 2L, file("a.csv.gz", "/a", TWO_RECORDS)));
        assertThat(relay.downloads.isStalled()).isFalse();
        awaitStalled();
        store.answer("/a", gzip(TWO_RECORDS));
        await().atMost(Duration.ofSeconds(30)).until(() -> {
            relay.downloads.schedule();
            return !relay.downloads.isStalled();
        });
    }

    @Test
    void isStalledWhileTheApiGivesNoFreshUrls() {
        api.answer("/v1/exports/e1", LocalServer.body(403, "application/json", "{}"));
        start(ARCHIVE);
        relay.ledger.recorder.record(List.of(export("e1", 2L, file("a.csv.gz", "/a", TWO_RECORDS))), Optional.empty());
        relay.ledger.createDeliveries();
        awaitStalled();
    }

    private void awaitStalled() {
        await().atMost(Duration.ofSeconds(30)).until(() -> {
            relay.downloads.schedule();
            return relay.downloads.isStalled();
        });
    }
}
