package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.DueExport;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.delivery.VerifiedFile;
import org.junit.jupiter.api.Test;

/** Which instance downloads which files. */
class DownloadQueueTest extends LedgerTest {

    @Test
    void aDownloaderThatWasPausedFailsNothingThatAnotherInstanceHasFetched() {
        me.record(export("a", "one.csv.gz"));
        me.start(files("x"));
        List<ExportFile> mine = me.claimFiles();
        clock.advance(Duration.ofMinutes(3));
        LedgerInstance other = other("other");
        other.releaseEndedFileLeases();
        List<ExportFile> theirs = other.claimFiles();
        other.ready(List.of(new VerifiedFile(theirs.get(0).fileId(), "ab", 7L)));
        assertThat(me.downloadFailed(mine, FailureAction.EXPIRE, "gone")).isEmpty();
        assertThat(other("other").deliveries.claim(files("x"), 1)).hasSize(1);
    }

    @Test
    void anInstanceThatWasPausedKeepsTheFilesOfItsSpool() {
        me.record(export("a", "one.csv.gz"));
        me.start(files("x"));
        ExportFile spooled = me.fetchNext();
        clock.advance(Duration.ofDays(1));
        assertThat(me.releaseEndedFileLeases()).isZero();
        assertThat(me.deliveries.claim(files("x"), 1)).hasSize(1);
        assertThat(me.downloads.lost(spooled.fileId())).isTrue();
    }

    @Test
    void aFileIsLostOnceHoweverManyDeliveriesMissIt() {
        me.record(export("a", "one.csv.gz"));
        me.start(files("x"));
        ExportFile spooled = me.fetchNext();
        assertThat(me.downloads.lost(spooled.fileId())).isTrue();
        assertThat(me.claimFiles()).hasSize(1);
        assertThat(me.downloads.lost(spooled.fileId())).isFalse();
        assertThat(me.releaseEndedFileLeases()).isZero();
    }

    @Test
    void anInstanceThatWasPausedDownloadsNoFileTwiceAtATime() {
        me.record(export("a", "one.csv.gz"));
        me.start(files("x"));
        List<ExportFile> fetching = me.claimFiles();
        clock.advance(Duration.ofMinutes(3));
        other("other").releaseEndedFileLeases();
        assertThat(me.claimFiles()).isEmpty();
        me.releaseFiles(List.of(fetching.get(0).fileId()));
        assertThat(me.claimFiles()).hasSize(1);
    }

    @Test
    void makesAFileDueForAllItsDestinationsByOneDownload() {
        me.record(export("a", "one.csv.gz"));
        me.start(files("x"));
        me.start(files("y"));
        assertThat(deliveries.claim(files("x"), 1)).isEmpty();
        List<ExportFile> wanted = me.claimFiles();
        assertThat(wanted).hasSize(1);
        assertThat(me.claimFiles()).isEmpty();
        me.ready(List.of(new VerifiedFile(wanted.get(0).fileId(), "ab", 7L)));

        Delivery toX = deliveries.claim(files("x"), 1).get(0);
        assertThat(toX.file().sha256()).isEqualTo("ab");
        deliveries.delivered(toX, Optional.empty());
        assertThat(spooled.releaseDone(List.of(toX.file().fileId()))).isEmpty();
        deliveries.delivered(deliveries.claim(files("y"), 1).get(0), Optional.empty());
        assertThat(spooled.releaseDone(List.of(toX.file().fileId()))).hasSize(1);
        assertThat(me.claimFiles()).isEmpty();
    }

    @Test
    void countsAFailedDownloadAsAnAttemptOfEveryDeliveryThatWaits() {
        me.record(export("a", "one.csv.gz", "two.csv.gz"));
        me.start(files("x"));
        me.start(files("y"));
        List<ExportFile> wanted = me.claimFiles();
        assertThat(wanted).hasSize(2);
        assertThat(me.downloadFailed(wanted, FailureAction.RETRY, "the store answered 503"))
                .hasSize(4)
                .allMatch(attempt -> attempt.number() == 1);
        assertThat(me.claimFiles()).isEmpty();
        clock.advance(Duration.ofSeconds(5));
        assertThat(me.downloadFailed(me.claimFiles(), FailureAction.PARK, "corrupt"))
                .hasSize(4);
        assertThat(count(files("x"), DeliveryState.PARKED)).isEqualTo(2);
    }

    @Test
    void anotherInstanceFetchesTheFilesOfADeadOne() {
        me.record(export("a", "one.csv.gz"));
        me.record(export("b", "one.csv.gz"));
        me.start(files("x"));
        ExportFile spooled = me.fetchNext();
        me.claimFiles();
        LedgerInstance other = other("other");
        clock.advance(Duration.ofMinutes(1));
        me.renewFileLeases();
        clock.advance(Duration.ofSeconds(90));
        assertThat(other.releaseEndedFileLeases()).isZero();
        clock.advance(Duration.ofMinutes(1));
        assertThat(other.releaseEndedFileLeases()).isEqualTo(2);
        assertThat(other.claimFiles()).hasSize(1);
        assertThat(other.claimFiles()).hasSize(1);
    }

    @Test
    void leavesFilesToOthersThatShareTheLedgerUnlessTheirEndIsNear() {
        for (int i = 0; i < 40; i++) {
            me.record(export("e" + i, "one.csv.gz"));
        }
        me.start(files("x"));
        assertThat(fetched(me)).isEqualTo(database.isExclusive() ? 40 : 16);
        if (database.isExclusive()) {
            return;
        }
        LedgerInstance other = other("other");
        assertThat(fetched(other)).isEqualTo(16);
        me.record(named("person", "people_export"));
        me.start(new Destination("y", new NamePattern("people_*"), true, true, RETRIES));
        me.createDeliveries();
        assertThat(fetched(me)).as("for another destination").isEqualTo(1);
        me.record(expiring("urgent", clock.instant().plus(Duration.ofHours(2))));
        me.createDeliveries();
        assertThat(fetched(other)).as("for its end is near").isEqualTo(1);
        assertThat(deliveries.claim(files("x"), 10)).hasSize(10);
        assertThat(fetched(me)).as("the rest").isEqualTo(8);
    }

    private static int fetched(LedgerInstance instance) {
        int files = 0;
        for (List<ExportFile> claimed = instance.claimFiles(); !claimed.isEmpty(); claimed = instance.claimFiles()) {
            files += claimed.size();
            instance.ready(claimed.stream()
                    .map(file -> new VerifiedFile(file.fileId(), "ab", 7L))
                    .toList());
        }
        return files;
    }

    @Test
    void noNumberOfFilesIsTooLargeForAStatement() {
        me.record(export("a", "one.csv.gz"));
        me.start(files("x"));
        Set<Long> many = LongStream.range(1_000_000, 1_070_000).boxed().collect(Collectors.toSet());
        List<ExportFile> files = many.stream().map(DownloadQueueTest::unknown).toList();

        List<DueExport> due = me.scan.due(1, many, true);
        assertThat(due).hasSize(1);
        assertThat(me.scan.due(1, Set.copyOf(due.get(0).fileIds()), true)).isEmpty();
        assertThat(me.downloads.claim(List.of(new DueExport(files, null, true))))
                .isEmpty();
        assertThat(me.downloads.claim(due)).hasSize(1);
        me.downloads.renewLeases(many);
        clock.advance(LEASE.plusSeconds(1));
        Set<Long> claimed =
                Stream.concat(many.stream(), due.get(0).fileIds().stream()).collect(Collectors.toSet());
        assertThat(me.downloads.releaseEndedLeases(claimed)).isZero();
        assertThat(me.downloads.releaseEndedLeases(many)).isEqualTo(1);
        assertThat(me.downloads.failed(files, new DeliveryException(FailureAction.POSTPONE, "the store is away")))
                .isEmpty();
        me.downloads.release(many);
        assertThat(spooled.releaseDone(many)).isEmpty();
        assertThat(spooled.notWaitedFor(many)).isEmpty();
        assertThat(spooled.drop(many, clock.instant())).isEmpty();
    }

    private static ExportFile unknown(long fileId) {
        return new ExportFile(fileId, "e" + fileId, null, "a.csv", 1, "a.csv", 1L, null, null, null, null, null, null);
    }
}
