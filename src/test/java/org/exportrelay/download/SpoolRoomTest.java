package org.exportrelay.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.exportrelay.api.DownloadUrl;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.DueExport;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.delivery.RetryPolicy;
import org.exportrelay.delivery.VerifiedFile;
import org.exportrelay.testing.LocalServer;
import org.exportrelay.testing.SmallDisk;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Downloads that do not fit into the spool or onto the disk. */
class SpoolRoomTest extends DownloadTest {

    @Test
    void waitsForRoomInTheSpoolAndResumesWhenADestinationHasTakenAFile() throws IOException {
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
            relay.downloads.schedule();
            assertThat(relay.ledger.deliveries.claim(ARCHIVE, 1)).isEmpty();
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
            relay.downloads.schedule();
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
        assertThat(awaitUndelivered(ARCHIVE, DeliveryState.PARKED).error())
                .isEqualTo("the files of export e1 need " + 3 * TWO_RECORDS.length
                        + " bytes together, more than relay.spool.max-size=100; raise it, restart, then replay");
        assertThat(store.requests()).isEmpty();
    }

    @Test
    void parksWhatIsListedWithAnImpossibleSize() {
        start(ARCHIVE);
        list(export("e1", null, new DownloadUrl("a.csv.gz", url("/a"), Long.MAX_VALUE)));
        assertThat(awaitUndelivered(ARCHIVE, DeliveryState.PARKED).error())
                .contains("a.csv.gz is larger than relay.download.max-size=21,474,836,480 bytes");
        assertThat(store.requests()).isEmpty();
    }

    @Test
    void deletesAPartThatNoDeliveryWaitsForAnyMore() {
        store.answer("/a", new StoredObject(TWO_RECORDS, "\"v1\"").cutting(99, 5));
        Destination patient = new Destination(
                "patient",
                new NamePattern("*"),
                true,
                true,
                new RetryPolicy(3, Duration.ofHours(1), Duration.ofHours(1)));
        start(patient);
        list(export("e1", 2L, file("a.csv.gz", "/a", TWO_RECORDS)));
        relay.downloads.schedule();
        await().until(() -> count(patient, DeliveryState.RETRYING) == 1 && !relay.downloads.isBusy());
        relay.spool.releaseUnneeded();
        assertThat(spooled()).hasSize(1);
        relay.ledger.destinations.stop("patient");
        relay.spool.releaseUnneeded();
        assertThat(spooled()).as("its route may just be reloaded").hasSize(1);
        relay.absence.advance(Duration.ofMinutes(2));
        relay.spool.releaseUnneeded();
        assertThat(spooled()).isEmpty();
    }

    @Test
    void aFileWhoseDeliveryEndsBeforeItsDownloadHasReleasedItIsDeletedTheNextTime() throws IOException {
        start(ARCHIVE);
        list(export("e1", null, file("a.bin", "/a", TWO_RECORDS)));
        DueExport due = relay.ledger.scan.due(1, Set.of(), true).get(0);
        DownloadFiles downloads = relay.spool.downloads();
        assertThat(relay.spool.room().reserve(due)).isEmpty();
        relay.ledger.downloads.claim(List.of(due));
        Files.write(downloads.partial(due.files().get(0)).path(), TWO_RECORDS);
        downloads.complete(due.files().get(0));
        relay.ledger.downloads.ready(List.of(new VerifiedFile(due.fileIds().get(0), "ab", null)));
        deliver(relay.ledger.deliveries.claim(ARCHIVE, 1).get(0));
        downloads.release(due.files());
        relay.spool.releaseEnded();
        assertThat(spooled()).isEmpty();
        assertThat(relay.spool.used()).isZero();
    }

    /** The disk has room for one and a half, beside what is left to the ledger. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void manyFilesThatFitOnlyOneByOneAreEachDeliveredAndHardlyDownloadedInVain(boolean sizeIsListed)
            throws IOException {
        int files = 8;
        byte[] content = new byte[4 << 20];
        new Random(1).nextBytes(content);
        Path small = directory.resolve("small");
        try (SmallDisk disk = SmallDisk.mount(small, sizeIsListed ? 22 : 6)) {
            settings = settings("relay.data-dir", small.toString());
            restart();
            store.answer("/a", LocalServer.body(200, "application/octet-stream", content));
            start(ARCHIVE);
            for (int i = 0; i < files; i++) {
                list(export("e" + i, null, new DownloadUrl("a.bin", url("/a"), sizeIsListed ? 4L << 20 : null)));
            }
            for (int i = 0; i < files; i++) {
                await().pollInterval(Duration.ofMillis(20))
                        .atMost(Duration.ofSeconds(60))
                        .until(() -> {
                            relay.clock.advance(Duration.ofMillis(500));
                            relay.spool.releaseEnded();
                            relay.downloads.schedule();
                            List<Delivery> claimed = relay.ledger.deliveries.claim(ARCHIVE, 1);
                            claimed.forEach(this::deliver);
                            return !claimed.isEmpty();
                        });
            }
            assertThat(count(ARCHIVE, DeliveryState.DELIVERED)).isEqualTo(files);
            assertThat(store.requests("/a")).isLessThanOrEqualTo(sizeIsListed ? files : 5 * files);
        } finally {
            relay.close();
            settings = settings();
            relay = new Relay(settings);
        }
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
            relay.downloads.schedule();
            await().until(() -> count(once, DeliveryState.RETRYING) == 1);
            assertThat(small.resolve("spool")).isEmptyDirectory();
            relay.close();
        } finally {
            settings = settings();
            relay = new Relay(settings);
        }
    }
}
