package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.exportrelay.api.DownloadUrl;
import org.exportrelay.api.Export;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.delivery.RetryPolicy;
import org.exportrelay.ledger.DestinationControl;
import org.exportrelay.ledger.LedgerInstance;
import org.exportrelay.ledger.LedgerSettings;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.testing.SettableClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How long {@code once} waits, by a clock that the tests move. */
class DeliveryWaitTest {

    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final RetryPolicy RETRIES = new RetryPolicy(3, Duration.ofSeconds(5), Duration.ofHours(1));
    private static final Destination LINKS = new Destination("links", new NamePattern("*"), false, true, RETRIES);

    private final SettableClock clock = new SettableClock(Instant.parse("2026-02-17T16:00:00Z"));
    private LedgerDatabase database;
    private LedgerInstance ledger;
    private boolean isDownloading;
    private boolean isStalled;

    @BeforeEach
    void open(@TempDir Path directory) {
        database = LedgerDatabase.openForWork(LedgerSettings.of("jdbc:sqlite:" + directory.resolve("ledger.db")));
        ledger = new LedgerInstance(database, "me", Duration.ofMinutes(2), clock);
    }

    @AfterEach
    void close() {
        database.close();
    }

    @Test
    void waitsForWhatMetTheOutageOfADestinationThatIsUpAgain() {
        list(2);
        Delivery first = claim();
        outage(first);
        clock.advance(Duration.ofHours(1));
        Delivery second = claim();
        clock.advance(SECOND);
        DeliveryWait once = begin(SECOND);
        outage(second);
        clock.advance(SECOND);
        probeNow();
        deliver(claim());

        assertThat(ledger.deliveries.claim(LINKS, 9))
                .as("the others come first")
                .isEmpty();
        assertThat(once.hasWork()).isTrue();
        once.advances();
        clock.advance(Duration.ofSeconds(4));
        assertThat(once.hasWork()).isTrue();
        assertThat(once.isOver()).isFalse();
        deliver(claim());
        assertThat(once.hasWork()).isFalse();
    }

    @Test
    void waitsNoLongerThanAskedForARetryOfADestinationThatIsUp() {
        list(1);
        DeliveryWait once = begin(SECOND);
        fail(claim(), FailureAction.RETRY);
        assertThat(once.hasWork()).isFalse();
    }

    @Test
    void waitsForTheNextProbeAfterOneThatWasAFault() {
        list(3);
        outage(claim());
        clock.advance(Duration.ofHours(2));
        DeliveryWait once = begin(SECOND);
        Delivery probe = claim();
        clock.advance(SECOND);
        assertThat(once.hasWork()).as("the probe is in flight").isTrue();
        fail(probe, FailureAction.PARK);
        assertThat(once.hasWork()).isTrue();
        assertThat(once.advances()).isTrue();
        clock.advance(Duration.ofSeconds(5));
        assertThat(once.isOver()).isFalse();
        deliver(claim());
        assertThat(once.hasWork()).isTrue();
        deliver(claim());
        assertThat(once.hasWork()).isFalse();
    }

    @Test
    void waitsForAProbeThatIsDueWithinSecondsButNotAgainOnceItHasMetTheOutage() {
        RetryPolicy often = new RetryPolicy(3, Duration.ofSeconds(3), Duration.ofSeconds(3));
        list(1);
        ledger.deliveries.failed(claim(), new DeliveryException(FailureAction.OUTAGE, "away"), often);
        clock.advance(Duration.ofSeconds(2));
        DeliveryWait once = begin(Duration.ZERO);
        assertThat(once.hasWork()).isTrue();
        clock.advance(Duration.ofSeconds(3));
        ledger.deliveries.failed(claim(), new DeliveryException(FailureAction.OUTAGE, "away"), often);
        assertThat(once.hasWork()).isFalse();
    }

    @Test
    void isOverWhenTheStoreIsAwayForLongerThanItWaitsAlthoughDownloadsAreRepeated() {
        list(1);
        database.jdbi()
                .useHandle(handle -> handle.execute(
                        "UPDATE export_file SET spool_state = 'downloading', spool_owner = 'me', spool_until = 0"));
        isDownloading = true;
        DeliveryWait once = begin(Duration.ofMinutes(10));
        clock.advance(Duration.ofMinutes(11));
        assertThat(once.advances()).as("a long download").isTrue();
        isStalled = true;
        for (int minute = 0; minute <= 10; minute++) {
            clock.advance(Duration.ofMinutes(1));
            assertThat(once.hasWork()).isTrue();
            assertThat(once.advances()).isFalse();
        }
        assertThat(once.isOver()).isTrue();
    }

    @Test
    void aProbeEveryFewMinutesIsNoProgress() {
        list(1);
        outage(claim());
        DeliveryWait once = begin(Duration.ofMinutes(1));
        clock.advance(Duration.ofMinutes(2));
        outage(claim());
        once.advances();
        clock.advance(Duration.ofMinutes(2));
        Delivery probe = claim();
        assertThat(once.advances()).isFalse();
        assertThat(once.isOver()).isTrue();
        ledger.deliveries.release(probe);
    }

    private DeliveryWait begin(Duration wait) {
        return new DeliveryWait(
                ledger.progress,
                ledger.states,
                () -> List.of(LINKS.name()),
                () -> isDownloading,
                () -> isStalled,
                wait);
    }

    private void list(int exports) {
        for (int i = 0; i < exports; i++) {
            ledger.recorder.record(
                    List.of(new Export(
                            "e" + i,
                            Export.COMPLETED,
                            "properties_export",
                            100,
                            null,
                            1L,
                            null,
                            List.of(new DownloadUrl("a.csv.gz", "https://storage.googleapis.com/a", 1L)),
                            clock.instant(),
                            clock.instant(),
                            clock.instant().plus(Duration.ofDays(7)))),
                    Optional.empty());
        }
        ledger.start(LINKS);
    }

    private Delivery claim() {
        return ledger.deliveries.claim(LINKS, 1).get(0);
    }

    private void probeNow() {
        new DestinationControl(database, clock).probeNow(List.of(LINKS.name()));
        ledger.states.changed();
    }

    private void outage(Delivery delivery) {
        fail(delivery, FailureAction.OUTAGE);
    }

    private void fail(Delivery delivery, FailureAction action) {
        ledger.deliveries.failed(delivery, new DeliveryException(action, "refused"), RETRIES);
    }

    private void deliver(Delivery delivery) {
        assertThat(ledger.deliveries.delivered(delivery, Optional.empty())).isTrue();
    }
}
