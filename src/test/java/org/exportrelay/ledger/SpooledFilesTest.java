package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.VerifiedFile;
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
        SpooledFiles restarted = other("restarted").spooled;
        assertThat(restarted.takeOver(Map.of(file.fileId(), 100L, 99L, 100L))).containsExactly(file.fileId());
        assertThat(other("restarted").claimFiles()).hasSize(1);
        assertThat(other("restarted").deliveries.claim(files("x"), 9)).hasSize(1);
    }

    @Test
    void aFileThatAPowerCutHasShortenedIsFetchedAgain() {
        me.record(export("a", "one.csv.gz"));
        me.start(files("x"));
        ExportFile file = me.fetchNext();
        SpooledFiles restarted = other("restarted").spooled;
        assertThat(restarted.takeOver(Map.of(file.fileId(), 99L))).isEmpty();
        assertThat(restarted.held()).isEmpty();
        assertThat(other("restarted").claimFiles())
                .extracting(ExportFile::fileId)
                .containsExactly(file.fileId());
    }

    @Test
    void theSpoolWaitsForNoLink() {
        me.record(export("a", "one.csv.gz"));
        me.start(files("x"));
        me.start(links("slow"));
        ExportFile file = me.fetchNext();
        deliveries.delivered(deliveries.claim(files("x"), 1).get(0));
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
}
