package org.exportrelay.download;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.time.Clock;
import java.time.Duration;
import java.util.Set;
import org.exportrelay.api.Export;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.ledger.LedgerInstance;
import org.junit.jupiter.api.Test;

/** What a restart, or an instance that was away, makes of its spool. */
class SpoolRecoveryTest extends DownloadTest {

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
        ExportFile claimed = relay.ledger
                .downloads
                .claim(relay.ledger.scan.due(1, Set.of(), true))
                .get(0)
                .files()
                .get(0);
        Files.writeString(directory.resolve("spool/" + claimed.fileId() + ".part"), "half");

        restart();
        start(ARCHIVE);
        list(export);
        assertThat(awaitDelivery(ARCHIVE).attempt()).isEqualTo(1);
        assertThat(store.requests("/a")).isEqualTo(1);
    }

    @Test
    void dropsWhatAnotherInstanceHasFreedSinceThisOneWasAway() {
        store.answer("/a", gzip(TWO_RECORDS));
        start(ARCHIVE);
        list(export("e1", 2L, file("a.csv.gz", "/a", TWO_RECORDS)));
        awaitDelivery(ARCHIVE);
        relay.spool.releaseUnneeded();
        assertThat(spooled()).hasSize(1);
        Clock later = Clock.offset(Clock.systemUTC(), Duration.ofDays(1));
        new LedgerInstance(relay.ledger.database, "other", Duration.ofMinutes(2), later)
                .downloads.releaseEndedLeases(Set.of());
        relay.spool.releaseUnneeded();
        assertThat(spooled()).isEmpty();
    }
}
