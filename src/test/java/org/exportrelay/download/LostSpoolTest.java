package org.exportrelay.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.Destination;
import org.exportrelay.testing.LogLines;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A spool directory that is removed or replaced while the relay runs. */
class LostSpoolTest extends DownloadTest {

    @Test
    void createsTheDirectoryAgainAndCountsNoAttempt() throws IOException {
        store.answer("/a", gzip(TWO_RECORDS));
        start(ARCHIVE);
        Files.delete(spool());
        list(export("e1", 2L, file("a.csv.gz", "/a", TWO_RECORDS)));
        assertThat(awaitDelivery(ARCHIVE).attempt()).isEqualTo(1);
    }

    @Test
    void waitsWhileAFileHasTheNameOfTheDirectoryAndLogsItOnce() throws IOException {
        store.answer("/a", gzip(TWO_RECORDS));
        start(ARCHIVE);
        Files.delete(spool());
        Files.createFile(spool());
        try (LogLines log = LogLines.of(Downloads.class)) {
            list(export("e1", 2L, file("a.csv.gz", "/a", TWO_RECORDS)));
            for (int i = 0; i < 5; i++) {
                relay.downloads.schedule();
            }
            assertThat(relay.ledger.deliveries.claim(ARCHIVE, 1)).isEmpty();
            assertThat(store.requests()).isEmpty();
            Files.delete(spool());
            assertThat(awaitDelivery(ARCHIVE).attempt()).isEqualTo(1);
            assertThat(log.all())
                    .containsExactly(
                            "ERROR the spool directory " + spool() + " cannot be used (" + spool()
                                    + " is not a directory); deliveries wait and resume automatically once it is a directory"
                                    + " that this user may write to",
                            "INFO the spool directory can be used again; downloads resume");
        }
    }

    @Test
    void downloadsAgainWhatWasLostWithTheDirectory() throws IOException {
        store.answer("/a", gzip(TWO_RECORDS));
        start(ARCHIVE, PARTNER);
        list(export("e1", 2L, file("a.csv.gz", "/a", TWO_RECORDS)));
        deliver(awaitDelivery(ARCHIVE));
        removeSpool();
        relay.downloads.schedule();
        Delivery again = awaitDelivery(PARTNER);
        assertThat(again.attempt()).isEqualTo(1);
        assertThat(store.requests("/a")).isEqualTo(2);
        assertThat(relay.spool.complete(again.file().fileId())).hasBinaryContent(TWO_RECORDS);
    }

    /** As with a network file system that is away: each looks as if the files were gone, and none of them is. */
    enum Away {
        LINK_LOOP {
            @Override
            void replace(Path spool) throws IOException {
                Files.createSymbolicLink(spool, spool);
            }
        },
        DANGLING_LINK {
            @Override
            void replace(Path spool) throws IOException {
                Files.createSymbolicLink(spool, spool.resolveSibling("not-mounted"));
            }
        },
        FILE {
            @Override
            void replace(Path spool) throws IOException {
                Files.createFile(spool);
            }
        };

        abstract void replace(Path spool) throws IOException;
    }

    @ParameterizedTest
    @EnumSource
    void losesNoFileWhileTheDirectoryCannotBeRead(Away away) throws IOException {
        store.answer("/a", gzip(TWO_RECORDS));
        start(ARCHIVE, PARTNER);
        list(export("e1", 2L, file("a.csv.gz", "/a", TWO_RECORDS)));
        long fileId = awaitDelivery(ARCHIVE).file().fileId();
        Path aside = directory.resolve("aside");
        Files.move(spool(), aside);
        away.replace(spool());
        try (LogLines log = LogLines.of(Downloads.class)) {
            for (int i = 0; i < 3; i++) {
                relay.downloads.schedule();
                assertThat(relay.spool.failure(fileId, null)).hasValueSatisfying(failure -> assertThat(failure)
                        .hasMessageContaining("cannot be read from the spool now"));
            }
            assertThat(log.all())
                    .singleElement()
                    .asString()
                    .startsWith("ERROR the spool directory " + spool() + " cannot be used (");
        }
        assertThat(relay.ledger.spooled.held()).containsExactly(fileId);
        Files.delete(spool());
        Files.move(aside, spool());
        assertThat(awaitDelivery(PARTNER).attempt()).isEqualTo(1);
        assertThat(relay.spool.failure(fileId, null)).isEmpty();
        assertThat(store.requests("/a")).isEqualTo(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void countsNoAttemptWhereTheDirectoryDisappearsDuringADownload(boolean replaced) throws IOException {
        store.answer("/a", exchange -> {
            removeSpool();
            if (replaced) {
                Files.createFile(spool());
            }
            gzip(TWO_RECORDS).handle(exchange);
        });
        Destination once = destination("once", 1);
        start(once);
        list(export("e1", 2L, file("a.csv.gz", "/a", TWO_RECORDS)));
        try (LogLines log = LogLines.of(Downloads.class)) {
            relay.downloads.schedule();
            await().until(() -> count(once, DeliveryState.RETRYING) == 1);
            assertThat(log.all()).filteredOn(line -> line.startsWith("ERROR")).hasSize(1);
        }
        assertThat(store.requests("/a")).isEqualTo(1);
    }

    private Path spool() {
        return directory.resolve("spool");
    }

    private void removeSpool() {
        try {
            for (Path file : spooled()) {
                Files.delete(file);
            }
            Files.delete(spool());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
