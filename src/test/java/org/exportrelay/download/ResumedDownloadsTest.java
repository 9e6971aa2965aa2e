package org.exportrelay.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.exportrelay.api.DownloadUrl;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.Destination;
import org.exportrelay.testing.LocalServer;
import org.junit.jupiter.api.Test;

/** Bodies that are cut or stall. */
class ResumedDownloadsTest extends DownloadTest {

    @Test
    void resumesACutBodyWithinTheSameAttempt() {
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
    void resumesInTheNextAttemptWhereTheLastOneEnded() {
        StoredObject object = new StoredObject(TWO_RECORDS, "\"v1\"").cutting(8, 4);
        store.answer("/a", object);
        start(ARCHIVE);
        list(export("e1", 2L, file("a.csv.gz", "/a", TWO_RECORDS)));
        Delivery delivery = awaitDelivery(ARCHIVE);
        assertThat(delivery.attempt()).isEqualTo(2);
        assertThat(object.ranges()).hasSize(9).startsWith("all", "bytes=4-").endsWith("bytes=32-");
    }

    @Test
    void resumesThroughAFreshUrlAfterTheFirstOneExpired() {
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
        awaitUndelivered(once, DeliveryState.PARKED);
        assertThat(object.ranges()).hasSize(6);
        // Until the download has released its claim, its file stays.
        await().untilAsserted(() -> {
            relay.spool.releaseUnneeded();
            assertThat(spooled()).isEmpty();
        });
    }

    @Test
    void reportsThatADownloadStalled() {
        store.answer("/a", store.stalled(200, new byte[10]));
        Destination once = destination("once", 1);
        start(once);
        list(export("e1", 2L, new DownloadUrl("a.csv.gz", url("/a"), null)));
        assertThat(awaitUndelivered(once, DeliveryState.PARKED).error())
                .isEqualTo("the download failed (no data for relay.download.stall-timeout=1s)");
    }
}
