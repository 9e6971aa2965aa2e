package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.VerifiedFile;
import org.exportrelay.testing.LogLines;
import org.junit.jupiter.api.Test;

/** How long a spool keeps a file. */
class SpooledFilesTest extends LedgerTest {

    @Test
    void theSpoolKeepsTheFilesOfARouteThatIsReloaded() {
        me.record(expiring("a", clock.instant().plus(Duration.ofHours(1))));
        me.start(files("x"));
        ExportFile file = me.fetchNext();
        clock.advance(Duration.ofHours(2));
        destinations.stop("x");
        assertThat(spooled.releaseDone()).isEmpty();
        me.start(files("x"));
        assertThat(deliveries.claim(files("x"), 1)).hasSize(1);
    }

    @Test
    void aRestartOfTheOnlyProcessImmediatelyTakesOverWhatItsSpoolHas() {
        me.record(export("a", "one.csv.gz"));
        me.record(export("b", "one.csv.gz"));
        me.start(files("x"));
        ExportFile file = me.fetchNext();
        me.claimFiles();
        SpooledFiles restarted = other("me").spooled;
        assertThat(restarted.takeOver(Map.of(file.fileId(), 100L, 99L, 100L))).containsExactly(file.fileId());
        assertThat(other("me").claimFiles()).hasSize(1);
        assertThat(other("me").deliveries.claim(files("x"), 9)).hasSize(1);
    }

    @Test
    void aFileThatAPowerCutHasShortenedIsFetchedAgain() {
        me.record(export("a", "one.csv.gz"));
        me.start(files("x"));
        ExportFile file = me.fetchNext();
        SpooledFiles restarted = other("me").spooled;
        assertThat(restarted.takeOver(Map.of(file.fileId(), 99L))).isEmpty();
        assertThat(restarted.held()).isEmpty();
        assertThat(other("me").claimFiles()).extracting(ExportFile::fileId).containsExactly(file.fileId());
    }

    @Test
    void theSpoolWaitsForNoLink() {
        me.record(export("a", "one.csv.gz"));
        me.start(files("x"));
        me.start(links("slow"));
        ExportFile file = me.fetchNext();
        deliveries.delivered(deliveries.claim(files("x"), 1).get(0), Optional.empty());
        assertThat(spooled.releaseDone()).containsExactly(file.fileId());
    }

    @Test
    void aRouteThatIsGoneKeepsNothingInTheSpoolAndItsDeliveriesExpire() {
        me.record(export("a", "one.csv.gz"));
        me.start(files("gone"));
        ExportFile file = me.fetchNext();
        assertThat(spooled.releaseDone()).isEmpty();
        destinations.stop("gone");
        clock.advance(Duration.ofMinutes(2));
        assertThat(spooled.releaseDone()).containsExactly(file.fileId());
        clock.advance(Duration.ofDays(8));
        assertThat(expiry.expire(clock.instant(), Duration.ofMinutes(15))).containsExactly("gone");
    }

    @Test
    void expiresAWaitingFileButNotOneThatTheSpoolHas() {
        me.record(expiring("spooled", clock.instant().plus(Duration.ofHours(1))));
        me.start(files("x"));
        ExportFile file = me.claimFiles().get(0);
        me.ready(List.of(new VerifiedFile(file.fileId(), "ab", null)));
        me.record(expiring("waiting", clock.instant().plus(Duration.ofHours(1))));
        me.createDeliveries();
        clock.advance(Duration.ofHours(2));
        assertThat(expiry.expire(clock.instant(), Duration.ofMinutes(15))).containsExactly("x");
        assertThat(deliveries.claim(files("x"), 9))
                .extracting(delivery -> delivery.file().exportId())
                .containsExactly("spooled");
    }

    @Test
    void aFileThatCannotBeDownloadedAgainIsLeftToTheInstanceThatMayComeBackWithIt() {
        me.record(expiring("a", clock.instant().plus(Duration.ofHours(1))));
        me.start(files("x"));
        ExportFile file = me.fetchNext();
        LedgerInstance other = other("other");
        clock.advance(Duration.ofHours(2));
        assertThat(other.releaseEndedFileLeases()).isZero();
        assertThat(expiry.expire(clock.instant(), Duration.ofMinutes(15))).isEmpty();
        assertThat(other("me").spooled.takeOver(Map.of(file.fileId(), 100L))).containsExactly(file.fileId());
        assertThat(deliveries.claim(files("x"), 1)).hasSize(1);
    }

    @Test
    void aFileThatNoInstanceComesBackWithIsGivenUpInTheEnd() {
        me.record(expiring("a", clock.instant().plus(Duration.ofHours(1))));
        me.start(files("x"));
        me.fetchNext();
        clock.advance(LedgerInstance.KEEP_PARKED.plus(Duration.ofHours(1)));
        LedgerInstance other = other("other");
        assertThat(other.releaseEndedFileLeases())
                .as("its instance may have been stopped for as long, and start a little later")
                .isZero();
        clock.advance(SpoolLeases.TIME_TO_RETURN);
        assertThat(other.releaseEndedFileLeases()).isEqualTo(1);
        assertThat(expiry.expire(clock.instant(), Duration.ofMinutes(15))).containsExactly("x");
    }

    @Test
    void aSpoolThatIsAwayIsLoggedOnceAndGoneAfterAWeek() {
        me.record(expiring("a", clock.instant().plus(Duration.ofHours(1))));
        me.start(files("x"));
        me.fetchNext();
        me.renewFileLeases();
        LedgerInstance other = other("other");
        clock.advance(Duration.ofHours(2));
        try (LogLines log = LogLines.of(SpoolLeases.class)) {
            assertThat(other.releaseEndedFileLeases()).isZero();
            assertThat(other.releaseEndedFileLeases()).isZero();
            assertThat(log.all())
                    .singleElement()
                    .asString()
                    .contains("spool me", "1 delivery whose URLs", "spool-id", "expire in 6d 22h");
        }
        clock.advance(SpoolLeases.GONE.minus(Duration.ofHours(3)));
        assertThat(other.releaseEndedFileLeases()).isZero();
        clock.advance(Duration.ofHours(2));
        assertThat(other.releaseEndedFileLeases()).isEqualTo(1);
        assertThat(expiry.expire(clock.instant(), Duration.ofMinutes(15))).containsExactly("x");
    }

    @Test
    void aSpoolThatComesBackIsNotGone() {
        me.record(expiring("a", clock.instant().plus(Duration.ofHours(1))));
        me.start(files("x"));
        me.fetchNext();
        me.renewFileLeases();
        clock.advance(Duration.ofDays(6));
        LedgerInstance other = other("other");
        assertThat(other.releaseEndedFileLeases()).isZero();
        me.renewFileLeases();
        clock.advance(Duration.ofDays(6));
        assertThat(other.releaseEndedFileLeases()).isZero();
        assertThat(deliveries.claim(files("x"), 1)).hasSize(1);
    }

    @Test
    void aSpoolOfAnOlderVersionIsGoneAfterADay() {
        me.record(expiring("a", clock.instant().plus(Duration.ofHours(1))));
        me.start(files("x"));
        me.fetchNext();
        LedgerInstance other = other("other");
        clock.advance(Duration.ofHours(23));
        assertThat(other.releaseEndedFileLeases()).isZero();
        clock.advance(Duration.ofHours(2));
        assertThat(other.releaseEndedFileLeases()).isEqualTo(1);
        assertThat(expiry.expire(clock.instant(), Duration.ofMinutes(15))).containsExactly("x");
    }

    /** Version 0.1.0 gave the spool of a directory another name at each start. */
    @Test
    void anUpgradedInstanceTakesOverTheFilesOfItsDirectoryAndNoOthers() {
        me.record(expiring("a", clock.instant().plus(Duration.ofHours(1))));
        me.record(expiring("b", clock.instant().plus(Duration.ofHours(1))));
        me.start(files("x"));
        ExportFile here = other("0.1.0").fetchNext();
        other("elsewhere").fetchNext();
        LedgerInstance upgraded = other("upgraded");
        assertThat(upgraded.spooled.takeOver(Map.of(here.fileId(), 100L))).containsExactly(here.fileId());
        assertThat(upgraded.deliveries.claim(files("x"), 9)).hasSize(1);
        assertThat(other("elsewhere").deliveries.claim(files("x"), 9)).hasSize(database.isExclusive() ? 0 : 1);
    }

    @Test
    void noInstanceTakesOverTheFilesOfASpoolThatHasALease() {
        assumeTrue(!database.isExclusive(), "one process at a time uses SQLite");
        me.record(export("a", "one.csv.gz"));
        me.start(files("x"));
        ExportFile file = me.fetchNext();
        me.renewFileLeases();
        assertThat(other("other").spooled.takeOver(Map.of(file.fileId(), 100L))).isEmpty();
        assertThat(deliveries.claim(files("x"), 1)).hasSize(1);
    }

    @Test
    void keepsTheFileOfAParkedDeliveryForAReplayAfterItsUrlsHaveExpired() {
        me.record(expiring("a", clock.instant().plus(Duration.ofHours(1))));
        me.start(files("x"));
        ExportFile file = me.fetchNext();
        fail(deliveries.claim(files("x"), 1).get(0), FailureAction.PARK, "refused");
        assertThat(spooled.releaseDone(List.of(file.fileId()))).isEmpty();
        clock.advance(Duration.ofDays(20));
        assertThat(spooled.releaseDone()).isEmpty();
        new Replay(database, clock).replay(new Replay.Choice(null, "x", null, Set.of(DeliveryState.PARKED)), "ops");
        assertThat(expiry.expire(clock.instant(), Duration.ofMinutes(15))).isEmpty();
        assertThat(deliveries.claim(files("x"), 1)).hasSize(1);
    }

    @Test
    void keepsTheFileOfAParkedDeliveryNoLongerThanTheSettingAllows() {
        me.record(export("a", "one.csv.gz"));
        me.start(files("x"));
        ExportFile file = me.fetchNext();
        fail(deliveries.claim(files("x"), 1).get(0), FailureAction.PARK, "refused");
        clock.advance(LedgerInstance.KEEP_PARKED.plus(Duration.ofMinutes(1)));
        assertThat(spooled.releaseDone()).containsExactly(file.fileId());
    }

    @Test
    void findsAFileAgainThatWasDroppedToMakeRoom() {
        me.record(export("a", "one.csv.gz"));
        me.start(files("x"));
        ExportFile file = me.fetchNext();
        control().pause("x", "ann", null);
        assertThat(spooled.drop(List.of(file.fileId()), clock.instant())).containsExactly(file.fileId());
        control().resume("x", "ops");
        assertThat(deliveries.claim(files("x"), 1)).isEmpty();
        assertThat(me.fetchNext().fileId()).isEqualTo(file.fileId());
        assertThat(deliveries.claim(files("x"), 1)).hasSize(1);
        assertThat(spooled.drop(List.of(file.fileId()), clock.instant()))
                .as("it is being delivered")
                .isEmpty();
    }

    @Test
    void dropsOnlyWhatIsOnlyKeptAndCanBeDownloadedAgain() {
        me.record(expiring("a", clock.instant().plus(Duration.ofHours(2))));
        me.start(files("x"));
        List<Long> file = List.of(me.fetchNext().fileId());
        assertThat(spooled.drop(file, clock.instant())).as("x works").isEmpty();
        control().pause("x", "ann", null);
        assertThat(spooled.drop(file, clock.instant().plus(Duration.ofHours(3))))
                .as("it expires before")
                .isEmpty();
        clock.advance(Duration.ofHours(3));
        assertThat(spooled.drop(file, clock.instant())).as("it has expired").isEmpty();
        assertThat(spooled.held()).containsExactlyElementsOf(file);
    }

    @Test
    void aFileThatWaitsForTheNextAttemptOfADeliveryIsOnlyKeptUntilThen() {
        me.record(export("a", "one.csv.gz"));
        me.start(files("x"));
        List<Long> file = List.of(me.fetchNext().fileId());
        fail(deliveries.claim(files("x"), 1).get(0), FailureAction.RETRY, "refused");
        assertThat(spooled.kept()).extracting(SpooledFiles.KeptFile::fileId).containsExactlyElementsOf(file);
        clock.advance(RETRIES.maxRetryDelay());
        assertThat(spooled.kept()).as("x can take it").isEmpty();
        assertThat(spooled.drop(file, clock.instant())).isEmpty();
        fail(deliveries.claim(files("x"), 1).get(0), FailureAction.RETRY, "refused");
        assertThat(spooled.drop(file, clock.instant())).isEqualTo(file);
        clock.advance(RETRIES.maxRetryDelay());
        assertThat(me.fetchNext().fileId()).as("downloaded again").isEqualTo(file.get(0));
        assertThat(deliveries.claim(files("x"), 1)).hasSize(1);
    }

    @Test
    void aFileThatAnotherDestinationCanTakeNowIsNotOnlyKept() {
        me.record(export("a", "one.csv.gz"));
        me.start(files("refuses"));
        me.start(files("works"));
        List<Long> file = List.of(me.fetchNext().fileId());
        fail(deliveries.claim(files("refuses"), 1).get(0), FailureAction.RETRY, "refused");
        assertThat(spooled.kept()).isEmpty();
        assertThat(spooled.drop(file, clock.instant())).isEmpty();
        deliveries.delivered(deliveries.claim(files("works"), 1).get(0), Optional.empty());
        assertThat(spooled.kept()).hasSize(1);
    }

    private DestinationControl control() {
        return new DestinationControl(database, clock);
    }

    @Test
    void aNewDestinationFindsWhatTheSpoolHasAlready() {
        me.record(export("a", "one.csv.gz"));
        me.start(files("x"));
        me.fetchNext();
        me.start(files("late"));
        assertThat(deliveries.claim(files("late"), 1)).hasSize(1);
    }
}
