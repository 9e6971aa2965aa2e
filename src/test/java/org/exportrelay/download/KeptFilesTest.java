package org.exportrelay.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.exportrelay.api.DownloadUrl;
import org.exportrelay.api.Export;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.RetryPolicy;
import org.exportrelay.ledger.DestinationControl;
import org.exportrelay.testing.LocalServer;
import org.junit.jupiter.api.Test;

/** What the spool keeps for destinations that are down or paused, and what that costs others. */
class KeptFilesTest extends DownloadTest {

    private static final int BYTES = 1000;

    @Test
    void keepsFilesForADestinationThatIsDownOverARestart() throws IOException {
        start(PARTNER);
        goDown();
        listOne("soon", Instant.now().plus(20, ChronoUnit.MINUTES));
        await().until(() -> {
            relay.downloads.schedule();
            return spooled().size() == 2;
        });
        restart();
        start(PARTNER);
        relay.spool.releaseUnneeded();
        assertThat(spooled()).hasSize(2);
        control().probeNow(List.of("partner"));
        deliver(relay.ledger.deliveries.claim(PARTNER, 1).get(0));
        deliver(awaitDelivery(PARTNER));
        assertThat(count(PARTNER, DeliveryState.DELIVERED)).isEqualTo(2);
    }

    @Test
    void downloadsForADestinationThatIsPaused() throws IOException {
        start(PARTNER);
        control().pause("partner", "ann", null);
        listOne("one", Instant.now().plus(3, ChronoUnit.DAYS));
        await().until(() -> {
            relay.downloads.schedule();
            return spooled().size() == 1;
        });
        assertThat(relay.ledger.deliveries.claim(PARTNER, 1)).isEmpty();
        control().resume("partner", "ops");
        assertThat(relay.ledger.deliveries.claim(PARTNER, 1)).hasSize(1);
    }

    @Test
    void aDestinationThatIsDownTakesAtMostThreeQuartersOfTheSpool() throws IOException {
        restartWith("relay.spool.max-size", Integer.toString(8 * BYTES));
        start(PARTNER);
        goDown();
        IntStream.range(0, 20).forEach(i -> listOne("kept-" + i, Instant.now().plus(3, ChronoUnit.DAYS)));
        scheduleUntilQuiet();
        // The first was downloaded when the destination was up.
        assertThat(spooled()).hasSizeBetween(6, 7);
        start(ARCHIVE);
        for (int i = 0; i < 20; i++) {
            deliver(awaitDelivery(ARCHIVE));
        }
        assertThat(count(ARCHIVE, DeliveryState.DELIVERED)).isGreaterThanOrEqualTo(20);
        assertThat(count(PARTNER, DeliveryState.DELIVERED)).isZero();
    }

    @Test
    void dropsWhatCanBeDownloadedAgainForADestinationThatWorks() throws IOException {
        restartWith("relay.spool.max-size", Integer.toString(2 * BYTES));
        start(PARTNER);
        goDown();
        listOne("kept", Instant.now().plus(5, ChronoUnit.DAYS));
        scheduleUntilQuiet();
        start(ARCHIVE);
        list(new ExportOf("large", Instant.now().plus(3, ChronoUnit.DAYS), 2 * BYTES).listed());
        await().pollInterval(Duration.ofMillis(20)).until(() -> {
            relay.downloads.schedule();
            relay.ledger.deliveries.claim(ARCHIVE, 1).forEach(this::deliver);
            return count(ARCHIVE, DeliveryState.DELIVERED) == 3;
        });
        control().probeNow(List.of("partner"));
        for (int i = 0; i < 3; i++) {
            deliver(awaitDelivery(PARTNER));
        }
    }

    @Test
    void dropsNothingThatCannotBeDownloadedAgainWhileTheKeptFilesAreWithinTheirShare() throws IOException {
        restartWith("relay.spool.max-size", Integer.toString(4 * BYTES));
        start(PARTNER);
        goDown();
        listOne("ending", Instant.now().plus(1, ChronoUnit.HOURS));
        scheduleUntilQuiet();
        start(ARCHIVE);
        list(new ExportOf("large", Instant.now().plus(3, ChronoUnit.DAYS), 4 * BYTES).listed());
        scheduleUntilQuiet();
        assertThat(relay.ledger.deliveries.claim(ARCHIVE, 9).stream()
                        .map(delivery -> delivery.file().exportId()))
                .doesNotContain("large");
        assertThat(count(PARTNER, DeliveryState.EXPIRED)).isZero();
        control().probeNow(List.of("partner"));
        Delivery ending = relay.ledger.deliveries.claim(PARTNER, 1).get(0);
        assertThat(ending.file().exportId()).isEqualTo("ending");
    }

    @Test
    void aLargeExportDoesNotHoldUpSmallOnesUntilItIsAboutToExpire() throws IOException {
        restartWith("relay.spool.max-size", Integer.toString(3 * BYTES));
        start(ARCHIVE);
        listOne("first", Instant.now().plus(2, ChronoUnit.DAYS));
        Delivery inFlight = awaitDelivery(ARCHIVE);
        list(new ExportOf("large", Instant.now().plus(3, ChronoUnit.DAYS), 3 * BYTES).listed());
        listOne("small", Instant.now().plus(4, ChronoUnit.DAYS));
        Delivery small = awaitDelivery(ARCHIVE);
        assertThat(small.file().exportId()).isEqualTo("small");
        deliver(small);
        deliver(inFlight);
        Delivery large = awaitDelivery(ARCHIVE);
        assertThat(large.file().exportId()).isEqualTo("large");
        deliver(large);
    }

    @Test
    void aLargeExportThatIsAboutToExpireIsNext() throws IOException {
        restartWith("relay.spool.max-size", Integer.toString(3 * BYTES));
        start(ARCHIVE);
        listOne("first", Instant.now().plus(20, ChronoUnit.MINUTES));
        Delivery inFlight = awaitDelivery(ARCHIVE);
        list(new ExportOf("large", Instant.now().plus(30, ChronoUnit.MINUTES), 3 * BYTES).listed());
        listOne("small", Instant.now().plus(4, ChronoUnit.DAYS));
        scheduleUntilQuiet();
        assertThat(relay.ledger.deliveries.claim(ARCHIVE, 1)).isEmpty();
        deliver(inFlight);
        assertThat(awaitDelivery(ARCHIVE).file().exportId()).isEqualTo("large");
    }

    @Test
    void neverDropsWhatHasExpiredForADestinationThatWorks() throws IOException {
        restartWith("relay.spool.max-size", Integer.toString(4 * BYTES));
        start(PARTNER);
        for (int i = 0; i < 4; i++) {
            listOne("only-here-" + i, Instant.now().plus(3, ChronoUnit.DAYS));
        }
        await().until(() -> {
            relay.downloads.schedule();
            return spooled().size() == 4;
        });
        control().pause("partner", "ann", null);
        expire("only-here-%");
        start(ARCHIVE);
        listOne("new", Instant.now().plus(3, ChronoUnit.DAYS));
        scheduleUntilQuiet();
        assertThat(spooled()).hasSize(4);
        assertThat(store.requests("/new")).isZero();
        control().resume("partner", "ops");
        for (int i = 0; i < 4; i++) {
            deliver(awaitDelivery(PARTNER));
        }
        assertThat(awaitDelivery(ARCHIVE).file().exportId()).isEqualTo("new");
    }

    @Test
    void anExportThatIsAboutToExpireHoldsOnlyTheRoomThatItNeeds() throws IOException {
        restartWith("relay.spool.max-size", Integer.toString(5 * BYTES));
        start(ARCHIVE);
        listOne("first", Instant.now().plus(20, ChronoUnit.MINUTES));
        listOne("second", Instant.now().plus(25, ChronoUnit.MINUTES));
        Delivery first = awaitDelivery(ARCHIVE);
        Delivery second = awaitDelivery(ARCHIVE);
        list(new ExportOf("large", Instant.now().plus(30, ChronoUnit.MINUTES), 4 * BYTES).listed());
        for (int i = 0; i < 4; i++) {
            listOne("small-" + i, Instant.now().plus(4, ChronoUnit.DAYS));
        }
        Delivery beside = awaitDelivery(ARCHIVE);
        assertThat(beside.file().exportId()).startsWith("small");
        scheduleUntilQuiet();
        assertThat(relay.ledger.deliveries.claim(ARCHIVE, 1)).as("no other").isEmpty();
        deliver(first);
        deliver(second);
        assertThat(awaitDelivery(ARCHIVE).file().exportId()).isEqualTo("large");
    }

    @Test
    void anExportThatIsAboutToExpireHoldsNoRoomWhereNoneComes() throws IOException {
        restartWith("relay.spool.max-size", Integer.toString(4 * BYTES));
        start(PARTNER);
        goDown();
        listOne("kept", Instant.now().plus(50, ChronoUnit.MINUTES));
        scheduleUntilQuiet();
        assertThat(spooled()).hasSize(2);
        expire("%");
        start(ARCHIVE);
        list(new ExportOf("large", Instant.now().plus(30, ChronoUnit.MINUTES), 4 * BYTES).listed());
        listOne("small", Instant.now().plus(4, ChronoUnit.DAYS));
        assertThat(awaitDelivery(ARCHIVE).file().exportId()).isEqualTo("small");
    }

    /** The URLs of exports are no longer valid. */
    private void expire(String ids) {
        relay.ledger.database.jdbi().useHandle(handle -> {
            Instant past = Instant.now().minus(1, ChronoUnit.HOURS).truncatedTo(ChronoUnit.MILLIS);
            handle.createUpdate("UPDATE export SET expires_at = :past WHERE export_id LIKE :ids")
                    .bind("past", past)
                    .bind("ids", ids)
                    .execute();
            handle.createUpdate(
                            """
                            UPDATE delivery SET expires_at = :past WHERE file_id IN (
                              SELECT file_id FROM export_file WHERE export_id LIKE :ids)""")
                    .bind("past", past)
                    .bind("ids", ids)
                    .execute();
        });
    }

    /** The first delivery meets an outage. */
    private void goDown() {
        listOne("first", Instant.now().plus(3, ChronoUnit.DAYS));
        Delivery first = awaitDelivery(PARTNER);
        relay.ledger.deliveries.failed(
                first,
                new DeliveryException(FailureAction.OUTAGE, "nothing listens there"),
                new RetryPolicy(3, Duration.ofHours(1), Duration.ofHours(1)));
    }

    private void scheduleUntilQuiet() {
        Instant end = Instant.now().plusMillis(1500);
        await().pollInterval(Duration.ofMillis(20)).until(() -> {
            relay.downloads.schedule();
            return Instant.now().isAfter(end);
        });
    }

    private DestinationControl control() {
        return new DestinationControl(relay.ledger.database, Clock.systemUTC());
    }

    private void listOne(String id, Instant expiresAt) {
        list(new ExportOf(id, expiresAt, BYTES).listed());
    }

    /** An export of one file of random bytes, which the store serves. */
    private final class ExportOf {

        private final String id;
        private final Instant expiresAt;
        private final byte[] content;

        ExportOf(String id, Instant expiresAt, int bytes) {
            this.id = id;
            this.expiresAt = expiresAt;
            this.content = new byte[bytes];
            new Random(id.hashCode()).nextBytes(content);
            store.answer("/" + id, LocalServer.body(200, "application/octet-stream", content));
        }

        Export listed() {
            return expiring(id, expiresAt, null, new DownloadUrl(id + ".bin", url("/" + id), (long) content.length));
        }
    }
}
