package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailureAction;
import org.junit.jupiter.api.Test;

/** Deliveries that name another spool than their file are found again. */
class SpooledDeliveriesTest extends LedgerTest {

    /** More than are repaired in one transaction. */
    private static final int MANY = 2500;

    @Test
    void aFileThatAnInstanceOfAnOlderVersionDownloadedIsDelivered() {
        start();
        asTheOlderVersion("UPDATE export_file SET spool_state = 'ready', spool_owner = 'me', spool_until = NULL");
        assertThat(deliveries.claim(files("x"), 9)).isEmpty();
        assertThat(repair()).isEqualTo(2);
        assertThat(deliveries.claim(files("x"), 9)).hasSize(2);
    }

    @Test
    void aFileThatAnInstanceOfAnOlderVersionFreedIsDownloadedAgain() {
        start();
        ExportFile file = me.fetchNext();
        asTheOlderVersion(
                "UPDATE export_file SET spool_state = 'none', spool_owner = NULL WHERE file_id = " + file.fileId());
        assertThat(repair()).isEqualTo(1);
        assertThat(deliveries.claim(files("x"), 9)).isEmpty();
        assertThat(me.claimFiles()).hasSize(1);
    }

    @Test
    void aDeliveryWhoseFileWasFreedExpires() {
        start();
        ExportFile file = me.fetchNext();
        asTheOlderVersion(
                "UPDATE export_file SET spool_state = 'none', spool_owner = NULL WHERE file_id = " + file.fileId());
        clock.advance(Duration.ofDays(30));
        assertThat(expiry.expire(clock.instant(), Duration.ofMinutes(15))).hasSize(1);
        repair();
        assertThat(expiry.expire(clock.instant(), Duration.ofMinutes(15))).hasSize(1);
    }

    @Test
    void aFileThatAnotherSpoolTookOverIsDeliveredThere() {
        start();
        ExportFile file = me.fetchNext();
        asTheOlderVersion("UPDATE export_file SET spool_owner = 'other' WHERE file_id = " + file.fileId());
        assertThat(repair()).isEqualTo(1);
        assertThat(deliveries.claim(files("x"), 9)).isEmpty();
        assertThat(other("other").deliveries.claim(files("x"), 9)).hasSize(1);
    }

    @Test
    void aLinkWaitsForNoSpool() {
        start();
        me.fetchNext();
        asTheOlderVersion("UPDATE delivery SET needs_file = false");
        assertThat(repair()).isEqualTo(1);
        assertThat(deliveries.claim(links("x"), 9)).hasSize(2);
    }

    @Test
    void leavesWhatIsRightAsItIs() {
        start();
        me.fetchNext();
        me.claimFiles();
        fail(deliveries.claim(files("x"), 1).get(0), FailureAction.PARK, "no");
        assertThat(repair()).isZero();
    }

    /** The replay does not see the file that is just arriving, and its arrival does not see the replay. */
    @Test
    void aReplayBesideTheArrivalOfItsFileIsDelivered() throws Exception {
        assumeTrue(!database.isExclusive(), "SQLite has one writer");
        start();
        ExportFile file = me.fetchNext();
        deliveries.skipped(deliveries.claim(files("x"), 1).get(0), "its route handed it to no endpoint");
        spooled.releaseDone();
        CompletableFuture<Integer> replay = new CompletableFuture<>();
        database.jdbi().useTransaction(handle -> {
            handle.execute(
                    "UPDATE export_file SET spool_state = 'ready', spool_owner = 'me' WHERE file_id = ?",
                    file.fileId());
            SpooledDeliveries.mark(handle, "me", List.of(file.fileId()));
            replay.completeAsync(() -> new Replay(database, clock)
                            .replay(new Replay.Choice(null, null, null, Set.of(DeliveryState.SKIPPED)), "ops"))
                    .get(10, TimeUnit.SECONDS);
        });
        assertThat(replay.get()).isEqualTo(1);
        repair();
        assertThat(deliveries.claim(files("x"), 9)).hasSize(1);
    }

    @Test
    void repairsManyInShortTransactions() {
        me.start(files("x"));
        LedgerHistory.addBacklog(database, "x", MANY, "me");
        asTheOlderVersion("UPDATE delivery SET spooled_by = CASE WHEN spooled_by = '' THEN 'me' ELSE '' END");
        assertThat(repair()).isEqualTo(MANY);
        assertThat(repair()).isZero();
    }

    private void start() {
        me.record(export("a", "one.csv.gz"));
        me.record(export("b", "one.csv.gz"));
        me.start(files("x"));
    }

    private void asTheOlderVersion(String statement) {
        database.jdbi().useHandle(handle -> handle.execute(statement));
    }

    private int repair() {
        return new SpooledDeliveries(database).repair();
    }
}
