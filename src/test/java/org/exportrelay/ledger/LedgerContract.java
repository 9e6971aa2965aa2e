package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.exportrelay.api.DownloadUrl;
import org.exportrelay.api.Export;
import org.exportrelay.api.RejectedEntry;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.DeliveryOutcome;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.delivery.RetryPolicy;
import org.exportrelay.delivery.VerifiedFile;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.testing.SettableClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the ledger promises, on whichever database it is. */
abstract class LedgerContract {

    private static final RetryPolicy RETRIES = new RetryPolicy(3, Duration.ofSeconds(5), Duration.ofMinutes(1));

    private final SettableClock clock = new SettableClock(Instant.parse("2026-02-17T16:00:00.000Z"));
    private LedgerDatabase database;
    private ExportRecorder ledger;
    private DestinationRegistry destinations;
    private DeliveryQueue deliveries;
    private DownloadQueue downloads;
    private SpooledFiles spooled;

    /** An empty database. */
    abstract LedgerDatabase open();

    @BeforeEach
    void openLedger() {
        database = open();
        ledger = new ExportRecorder(database, clock);
        destinations = new DestinationRegistry(database, clock);
        deliveries = queue("me");
        downloads = downloads("me");
        spooled = spooled("me");
    }

    @AfterEach
    void closeLedger() {
        database.close();
    }

    @Test
    void recordsAnExportOnceAndKnowsItFromThenOn() {
        assertThat(record(export("a", "one.csv.gz"))).isEqualTo(RecordResult.NEW);
        assertThat(record(export("a", "one.csv.gz"))).isEqualTo(RecordResult.KNOWN);
        assertThat(ledger.known(List.of("a", "b"))).containsExactly("a");
        assertThat(rows("export_file")).isEqualTo(1);
    }

    @Test
    void countsAnExportWithoutUrlsAsSeenTooLateAndAddsItsFilesIfTheyComeAfterAll() {
        assertThat(record(export("a"))).isEqualTo(RecordResult.TOO_LATE);
        assertThat(ledger.known(List.of("a"))).isEmpty();
        assertThat(record(export("a", "one.csv.gz"))).isEqualTo(RecordResult.NEW);
        assertThat(rows("export")).isEqualTo(1);
    }

    @Test
    void keepsNullFieldsNull() {
        Export bare = new Export(
                "bare",
                "completed",
                null,
                null,
                null,
                null,
                null,
                List.of(new DownloadUrl(null, "https://store/x", null)),
                null,
                null,
                null);
        record(bare);
        start(links("any"));
        ExportFile file = deliveries.claim(links("any"), 1).get(0).file();
        assertThat(file.exportName()).isNull();
        assertThat(file.size()).isNull();
        assertThat(file.recordCount()).isNull();
        assertThat(file.expiresAt()).isNull();
        assertThat(file.safeName()).isEqualTo("export");
    }

    @Test
    void givesTwoFilesOfTheSameNameTwoSafeNames() {
        record(export("a", "one.csv.gz", "one.csv.gz", "o/ne.csv.gz"));
        start(links("any"));
        assertThat(deliveries.claim(links("any"), 9))
                .extracting(delivery -> delivery.file().uniqueName())
                .containsExactly("one.a.csv.gz", "one.2.a.csv.gz", "o_ne.a.csv.gz");
    }

    @Test
    void owesEveryDestinationEveryFileItWantsExactlyOnce() {
        record(export("a", "one.csv.gz", "two.csv.gz"));
        record(named("b", "people_export"));
        Destination people = new Destination("people", new NamePattern("people_*"), false, true, RETRIES);
        start(links("all"));
        start(people);
        destinations.enrol();
        destinations.enrol();
        assertThat(count(links("all"), DeliveryState.PENDING)).isEqualTo(3);
        assertThat(count(people, DeliveryState.PENDING)).isEqualTo(1);
    }

    @Test
    void tellsAFailedExportOnceWhoeverAsksAndHoweverOften() {
        FailedExportAlerts here = new FailedExportAlerts(database, clock);
        FailedExportAlerts there = new FailedExportAlerts(database, clock);
        assertThat(here.claim("failed")).isTrue();
        assertThat(there.claim("failed")).isFalse();
        assertThat(here.isTold("failed")).isFalse();
        assertThat(here.confirm("failed")).isTrue();
        clock.advance(Duration.ofDays(1));
        assertThat(there.claim("failed")).isFalse();
        assertThat(there.isTold("failed")).isTrue();
        assertThat(there.release("failed")).isFalse();
    }

    @Test
    void tellsAgainWhatCouldNotBeToldOrWasLeftByAProcessThatDied() {
        FailedExportAlerts alerts = new FailedExportAlerts(database, clock);
        alerts.claim("refused");
        assertThat(alerts.release("refused")).isTrue();
        assertThat(alerts.claim("refused")).isTrue();
        clock.advance(Duration.ofMinutes(4));
        assertThat(alerts.claim("refused")).isFalse();
        clock.advance(Duration.ofMinutes(1));
        assertThat(alerts.claim("refused")).isTrue();
        assertThat(alerts.claim("refused")).isFalse();
    }

    @Test
    void letsOneOfManyTellAFailedExport() throws Exception {
        FailedExportAlerts alerts = new FailedExportAlerts(database, clock);
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Future<Boolean>> claims = threads.invokeAll(Collections.nCopies(24, () -> alerts.claim("failed")));
            int claimed = 0;
            for (Future<Boolean> claim : claims) {
                claimed += claim.get() ? 1 : 0;
            }
            assertThat(claimed).isEqualTo(1);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void leavesOutThePastWhereNoBackfillIsWanted() {
        record(export("past", "one.csv.gz"));
        Destination fresh = new Destination("fresh", new NamePattern("*"), false, false, RETRIES);
        start(fresh);
        record(export("new", "two.csv.gz"));
        destinations.enrol();
        assertThat(deliveries.claim(fresh, 9))
                .extracting(delivery -> delivery.file().exportId())
                .containsExactly("new");
    }

    @Test
    void backfillLeavesOutWhatHasExpiredButAKnownDestinationIsToldOfItsLoss() {
        record(export("gone", "one.csv.gz"));
        clock.advance(Duration.ofDays(8));
        start(links("late"));
        assertThat(count(links("late"), DeliveryState.PENDING)).isZero();

        destinations.stop("late");
        record(expiring("paused", clock.instant().plus(Duration.ofHours(1))));
        clock.advance(Duration.ofHours(2));
        start(links("late"));
        assertThat(deliveries.expire(Duration.ofMinutes(15))).containsExactly("late");
        assertThat(count(links("late"), DeliveryState.EXPIRED)).isEqualTo(1);
    }

    @Test
    void looksThroughThePastAgainWhenARouteAsksForOtherNames() {
        record(named("a", "people_export"));
        start(new Destination("d", new NamePattern("properties_*"), false, true, RETRIES));
        destinations.stop("d");
        Destination widened = new Destination("d", new NamePattern("*"), false, true, RETRIES);
        start(widened);
        assertThat(deliveries.claim(widened, 9)).hasSize(1);
    }

    @Test
    void anInstanceWhoseRouteStillAsksForOldNamesDoesNotSkipTheNewOnes() {
        record(named("a", "people_export"));
        start(new Destination("d", new NamePattern("properties_*"), false, true, RETRIES));
        DestinationRegistry edited = new DestinationRegistry(database, clock);
        Destination widened = new Destination("d", new NamePattern("*"), false, true, RETRIES);
        edited.start(widened);
        destinations.enrol();
        edited.enrol();
        assertThat(deliveries.claim(widened, 9)).hasSize(1);
    }

    /** Housekeeping asks within a look into the ledger, for which the starting route waits. */
    @Test
    void tellsWhatRunsAlsoWhileARouteWaitsForTheLedgerToStart() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Future<?> starting = database.jdbi().inTransaction(handle -> {
                Future<?> start = threads.submit(() -> destinations.start(links("late")));
                if (database.isExclusive()) {
                    assertThatThrownBy(() -> start.get(300, TimeUnit.MILLISECONDS))
                            .isInstanceOf(TimeoutException.class);
                }
                assertThat(threads.submit(destinations::coming).get(10, TimeUnit.SECONDS))
                        .isNotNull();
                return start;
            });
            starting.get(10, TimeUnit.SECONDS);
            assertThat(destinations.coming()).extracting(Destination::name).containsExactly("late");
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void refusesTwoRoutesWithTheSameDestination() {
        start(links("same"));
        assertThatThrownBy(() -> destinations.start(links("same")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("exports:same")
                .hasMessageContaining("name of its own");
    }

    @Test
    void claimsTheNearestExpiryFirst() {
        record(expiring("later", clock.instant().plus(Duration.ofDays(5))));
        record(expiring("sooner", clock.instant().plus(Duration.ofDays(1))));
        start(links("any"));
        assertThat(deliveries.claim(links("any"), 1).get(0).file().exportId()).isEqualTo("sooner");
    }

    @Test
    void retriesWithGrowingDelaysAndParksWithTheReason() {
        record(export("a", "one.csv.gz"));
        start(links("any"));
        assertThat(failOnce().delay()).isEqualTo(Duration.ofSeconds(5));
        assertThat(deliveries.claim(links("any"), 1)).isEmpty();
        clock.advance(Duration.ofSeconds(5));
        assertThat(failOnce().delay()).isEqualTo(Duration.ofSeconds(10));
        clock.advance(Duration.ofSeconds(10));
        assertThat(failOnce().state()).isEqualTo(DeliveryState.PARKED);
        Progress.UndeliveredItem trouble = progress()
                .undeliveredSince(List.of("any"), clock.instant().minusSeconds(60))
                .get(0);
        assertThat(trouble.attempts()).isEqualTo(3);
        assertThat(trouble.error()).isEqualTo("refused");
    }

    @Test
    void postponesWithoutCountingAnAttempt() {
        record(export("a", "one.csv.gz"));
        start(links("any"));
        Delivery first = deliveries.claim(links("any"), 1).get(0);
        deliveries.failed(first, FailureAction.POSTPONE, "the API is away", RETRIES);
        clock.advance(Duration.ofMinutes(1));
        assertThat(deliveries.claim(links("any"), 1).get(0).attempt()).isEqualTo(1);
    }

    @Test
    void keepsTheDeliveryIdOverRetries() {
        record(export("a", "one.csv.gz"));
        start(links("any"));
        String first = deliveries.claim(links("any"), 1).get(0).deliveryId();
        DeliveryQueue restarted = queue("restarted");
        restarted.takeOver();
        Delivery again = restarted.claim(links("any"), 1).get(0);
        assertThat(again.deliveryId()).isEqualTo(first);
        assertThat(again.attempt()).isEqualTo(2);
    }

    @Test
    void takesOverAnEndedLeaseAndFencesItsLateOwner() {
        record(export("a", "one.csv.gz"));
        start(links("any"));
        DeliveryQueue other = queue("other");
        Delivery mine = deliveries.claim(links("any"), 1).get(0);
        clock.advance(Duration.ofMinutes(1));
        deliveries.renewLeases();
        clock.advance(Duration.ofSeconds(90));
        assertThat(other.releaseEndedLeases()).isZero();
        clock.advance(Duration.ofMinutes(1));
        assertThat(other.releaseEndedLeases()).isEqualTo(1);
        Delivery theirs = other.claim(links("any"), 1).get(0);
        assertThat(deliveries.delivered(mine)).isFalse();
        assertThat(deliveries.failed(mine, FailureAction.PARK, "late", RETRIES).isLost())
                .isTrue();
        assertThat(other.delivered(theirs)).isTrue();
        assertThat(count(links("any"), DeliveryState.DELIVERED)).isEqualTo(1);
    }

    @Test
    void anInstanceThatWasPausedSettlesNothingThatItTookUpAgainItself() {
        record(export("a", "one.csv.gz"));
        start(links("any"));
        Delivery first = deliveries.claim(links("any"), 1).get(0);
        clock.advance(Duration.ofMinutes(3));
        assertThat(queue("other").releaseEndedLeases()).isEqualTo(1);
        assertThat(deliveries.claim(links("any"), 1))
                .as("while the first attempt is in hand")
                .isEmpty();
        assertThat(deliveries.delivered(first)).isFalse();
        Delivery second = deliveries.claim(links("any"), 1).get(0);
        assertThat(deliveries.delivered(first)).isFalse();
        assertThat(deliveries.delivered(second)).isTrue();
    }

    @Test
    void anInstanceThatWasPausedRenewsNothingThatAnotherHasTaken() {
        record(export("a", "one.csv.gz"));
        start(links("any"));
        DeliveryQueue other = queue("other");
        deliveries.claim(links("any"), 1);
        clock.advance(Duration.ofMinutes(3));
        other.releaseEndedLeases();
        Delivery theirs = other.claim(links("any"), 1).get(0);
        other.abandon(theirs);
        clock.advance(Duration.ofMinutes(1));
        deliveries.renewLeases();
        clock.advance(Duration.ofSeconds(61));
        assertThat(queue("third").releaseEndedLeases()).isEqualTo(1);
    }

    @Test
    void takesAnyReasonWhateverAServerSaid() {
        record(export("a", "one.csv.gz"));
        start(links("any"));
        DeliveryException setback = new DeliveryException(FailureAction.PARK, "a\0b\nc\u001b[31m");
        Delivery delivery = deliveries.claim(links("any"), 1).get(0);
        assertThat(deliveries
                        .failed(
                                delivery,
                                setback.remedy(),
                                setback.getMessage(),
                                links("any").retries())
                        .state())
                .isEqualTo(DeliveryState.PARKED);
    }

    @Test
    void aDownloaderThatWasPausedFailsNothingThatAnotherInstanceHasFetched() {
        record(export("a", "one.csv.gz"));
        start(files("x"));
        List<ExportFile> mine = claim(downloads);
        clock.advance(Duration.ofMinutes(3));
        DownloadQueue other = downloads("other");
        other.releaseEndedLeases();
        List<ExportFile> theirs = claim(other);
        other.ready(List.of(new VerifiedFile(theirs.get(0).fileId(), "ab", 7L)));
        assertThat(downloads.failed(mine, FailureAction.EXPIRE, "gone")).isEmpty();
        assertThat(queue("other").claim(files("x"), 1)).hasSize(1);
    }

    @Test
    void onlyAReplayOfADeliveredOneDisownsWhatTheDestinationWasGiven() {
        Replay replay = new Replay(database, clock);
        record(export("a", "one.csv.gz"));
        start(links("any"));
        Delivery first = deliveries.claim(links("any"), 1).get(0);
        assertThat(first.isFirstClaim()).isTrue();
        deliveries.failed(first, FailureAction.PARK, "no", links("any").retries());
        replay.replay(new Replay.Choice(null, null, null, Set.of(DeliveryState.PARKED)));
        Delivery second = deliveries.claim(links("any"), 1).get(0);
        assertThat(second.isFirstClaim()).isFalse();
        assertThat(second.replays()).isZero();
        deliveries.delivered(second);
        replay.replay(new Replay.Choice(null, null, null, Set.of(DeliveryState.DELIVERED)));
        assertThat(deliveries.claim(links("any"), 1).get(0).replays()).isEqualTo(1);
    }

    @Test
    void anInstanceThatWasPausedFetchesNoFileTwiceAtATime() {
        record(export("a", "one.csv.gz"));
        start(files("x"));
        List<ExportFile> fetching = claim(downloads);
        clock.advance(Duration.ofMinutes(3));
        downloads("other").releaseEndedLeases();
        assertThat(claim(downloads)).isEmpty();
        downloads.release(List.of(fetching.get(0).fileId()));
        assertThat(claim(downloads)).hasSize(1);
    }

    @Test
    void theSpoolKeepsTheFilesOfARouteThatIsReloaded() {
        record(expiring("a", clock.instant().plus(Duration.ofHours(1))));
        start(files("x"));
        ExportFile file = fetchNext();
        clock.advance(Duration.ofHours(2));
        destinations.stop("x");
        assertThat(spooled.releaseDone()).isEmpty();
        start(files("x"));
        assertThat(deliveries.claim(files("x"), 1)).hasSize(1);
    }

    @Test
    void handsOutEachDeliveryOnceHoweverManyClaimAtATime() throws Exception {
        for (int i = 0; i < 60; i++) {
            record(export("e" + i, "one.csv.gz"));
        }
        start(links("any"));
        Collection<String> claimed = new ConcurrentLinkedQueue<>();
        ExecutorService pool = Executors.newFixedThreadPool(4);
        List<Future<?>> runs = Stream.of("p", "q", "r", "s")
                .<Future<?>>map(name -> pool.submit(() -> {
                    DeliveryQueue mine = queue(name);
                    for (List<Delivery> batch = mine.claim(links("any"), 3);
                            !batch.isEmpty();
                            batch = mine.claim(links("any"), 3)) {
                        batch.forEach(delivery -> claimed.add(delivery.deliveryId()));
                    }
                }))
                .toList();
        for (Future<?> run : runs) {
            run.get();
        }
        pool.shutdown();
        // A claimer that skips locked rows may see none left while others still hold theirs, never the same one.
        deliveries.claim(links("any"), 99).forEach(delivery -> claimed.add(delivery.deliveryId()));
        assertThat(claimed).hasSize(60).doesNotHaveDuplicates();
    }

    @Test
    void makesAFileDueForAllItsDestinationsByOneDownload() {
        record(export("a", "one.csv.gz"));
        start(files("x"));
        start(files("y"));
        assertThat(deliveries.claim(files("x"), 1)).isEmpty();
        List<ExportFile> wanted = claim(downloads);
        assertThat(wanted).hasSize(1);
        assertThat(claim(downloads)).isEmpty();
        downloads.ready(List.of(new VerifiedFile(wanted.get(0).fileId(), "ab", 7L)));

        Delivery toX = deliveries.claim(files("x"), 1).get(0);
        assertThat(toX.file().sha256()).isEqualTo("ab");
        deliveries.delivered(toX);
        assertThat(spooled.releaseDone(List.of(toX.file().fileId()))).isEmpty();
        deliveries.delivered(deliveries.claim(files("y"), 1).get(0));
        assertThat(spooled.releaseDone(List.of(toX.file().fileId()))).hasSize(1);
        assertThat(claim(downloads)).isEmpty();
    }

    @Test
    void countsAFailedDownloadAsAnAttemptOfEveryDeliveryThatWaits() {
        record(export("a", "one.csv.gz", "two.csv.gz"));
        start(files("x"));
        start(files("y"));
        List<ExportFile> wanted = claim(downloads);
        assertThat(wanted).hasSize(2);
        assertThat(downloads.failed(wanted, FailureAction.RETRY, "the store answered 503"))
                .hasSize(4)
                .allMatch(waiting -> waiting.attempt() == 1);
        assertThat(claim(downloads)).isEmpty();
        clock.advance(Duration.ofSeconds(5));
        assertThat(downloads.failed(claim(downloads), FailureAction.PARK, "corrupt"))
                .hasSize(4);
        assertThat(count(files("x"), DeliveryState.PARKED)).isEqualTo(2);
    }

    @Test
    void expiresAWaitingFileButNotOneThatTheSpoolHas() {
        record(expiring("spooled", clock.instant().plus(Duration.ofHours(1))));
        start(files("x"));
        ExportFile file = claim(downloads).get(0);
        downloads.ready(List.of(new VerifiedFile(file.fileId(), "ab", null)));
        record(expiring("waiting", clock.instant().plus(Duration.ofHours(1))));
        destinations.enrol();
        clock.advance(Duration.ofHours(2));
        assertThat(deliveries.expire(Duration.ofMinutes(15))).containsExactly("x");
        assertThat(deliveries.claim(files("x"), 9))
                .extracting(delivery -> delivery.file().exportId())
                .containsExactly("spooled");
    }

    @Test
    void neverGivesTwoFilesTheSameNameHoweverTheyAreNumbered() {
        record(export("a", "a.csv.gz", "a.csv.gz", "a.2.csv.gz"));
        start(links("any"));
        assertThat(deliveries.claim(links("any"), 9))
                .extracting(delivery -> delivery.file().uniqueName())
                .doesNotHaveDuplicates();
    }

    @Test
    void renewsOnlyWhatIsInHandSoThatALostOutcomeEndsWithItsLease() {
        record(export("a", "one.csv.gz"));
        start(links("any"));
        Delivery delivery = deliveries.claim(links("any"), 1).get(0);
        clock.advance(Duration.ofMinutes(3));
        assertThat(deliveries.releaseEndedLeases()).isZero();
        deliveries.abandon(delivery);
        assertThat(deliveries.releaseEndedLeases()).isEqualTo(1);
        assertThat(deliveries.claim(links("any"), 1)).hasSize(1);
    }

    @Test
    void anotherInstanceFetchesTheFilesOfADeadOne() {
        record(export("a", "one.csv.gz"));
        record(export("b", "one.csv.gz"));
        start(files("x"));
        ExportFile spooled = fetchNext();
        claim(downloads);
        DownloadQueue other = downloads("other");
        clock.advance(Duration.ofMinutes(1));
        downloads.renewLeases();
        clock.advance(Duration.ofSeconds(90));
        assertThat(other.releaseEndedLeases()).isZero();
        clock.advance(Duration.ofMinutes(1));
        assertThat(other.releaseEndedLeases()).isEqualTo(2);
        assertThat(claim(other)).hasSize(1);
        assertThat(claim(other)).hasSize(1);
    }

    @Test
    void aRestartOfTheOnlyProcessTakesOverAtOnceWhatItsSpoolHas() {
        record(export("a", "one.csv.gz"));
        record(export("b", "one.csv.gz"));
        start(files("x"));
        ExportFile file = fetchNext();
        claim(downloads);
        SpooledFiles restarted = spooled("restarted");
        assertThat(restarted.takeOver(Map.of(file.fileId(), 100L, 99L, 100L))).containsExactly(file.fileId());
        assertThat(claim(downloads("restarted"))).hasSize(1);
        assertThat(queue("restarted").claim(files("x"), 9)).hasSize(1);
    }

    @Test
    void aFileThatAPowerCutHasShortenedIsFetchedAgain() {
        record(export("a", "one.csv.gz"));
        start(files("x"));
        ExportFile file = fetchNext();
        SpooledFiles restarted = spooled("restarted");
        assertThat(restarted.takeOver(Map.of(file.fileId(), 99L))).isEmpty();
        assertThat(restarted.held()).isEmpty();
        assertThat(claim(downloads("restarted"))).extracting(ExportFile::fileId).containsExactly(file.fileId());
    }

    @Test
    void leavesFilesToOthersThatShareTheLedgerUnlessTheirEndIsNear() {
        for (int i = 0; i < 40; i++) {
            record(export("e" + i, "one.csv.gz"));
        }
        start(files("x"));
        assertThat(fetched(downloads)).isEqualTo(database.isExclusive() ? 40 : 16);
        if (database.isExclusive()) {
            return;
        }
        DownloadQueue other = downloads("other");
        assertThat(fetched(other)).isEqualTo(16);
        record(named("person", "people_export"));
        start(new Destination("y", new NamePattern("people_*"), true, true, RETRIES));
        destinations.enrol();
        assertThat(fetched(downloads)).as("for another destination").isEqualTo(1);
        record(expiring("urgent", clock.instant().plus(Duration.ofHours(2))));
        destinations.enrol();
        assertThat(fetched(other)).as("for its end is near").isEqualTo(1);
        assertThat(deliveries.claim(files("x"), 10)).hasSize(10);
        assertThat(fetched(downloads)).as("the rest").isEqualTo(8);
    }

    private static int fetched(DownloadQueue queue) {
        int files = 0;
        for (List<ExportFile> claimed = claim(queue); !claimed.isEmpty(); claimed = claim(queue)) {
            files += claimed.size();
            queue.ready(claimed.stream()
                    .map(file -> new VerifiedFile(file.fileId(), "ab", 7L))
                    .toList());
        }
        return files;
    }

    @Test
    void theSpoolWaitsForNoLink() {
        record(export("a", "one.csv.gz"));
        start(files("x"));
        start(links("slow"));
        ExportFile file = fetchNext();
        deliveries.delivered(deliveries.claim(files("x"), 1).get(0));
        assertThat(spooled.releaseDone()).containsExactly(file.fileId());
    }

    @Test
    void anEditedRouteKeepsWhatItWasOwedButIsNotOwedWhatHasExpiredBeforeItAsked() {
        record(named("early", "people_export"));
        start(new Destination("d", new NamePattern("properties_*"), false, true, RETRIES));
        destinations.stop("d");
        record(named("owed", "properties_export"));
        clock.advance(Duration.ofDays(8));
        Destination widened = new Destination("d", new NamePattern("*"), false, true, RETRIES);
        start(widened);
        assertThat(deliveries.expire(Duration.ZERO)).containsExactly("d");
        assertThat(count(widened, DeliveryState.EXPIRED)).isEqualTo(1);
    }

    @Test
    void tellsWhatIsLikelyToMissItsExpiry() {
        record(expiring("soon", clock.instant().plus(Duration.ofMinutes(50))));
        record(expiring("later", clock.instant().plus(Duration.ofDays(3))));
        start(files("x"));
        start(links("y"));
        assertThat(progress().atRisk(Duration.ofHours(1)))
                .containsExactly(
                        new Progress.Risk("x", 1, clock.instant().plus(Duration.ofMinutes(50))),
                        new Progress.Risk("y", 1, clock.instant().plus(Duration.ofMinutes(50))));
        ExportFile file = fetchNext();
        assertThat(progress().atRisk(Duration.ofHours(1)))
                .extracting(Progress.Risk::destination)
                .containsExactly("y");
    }

    @Test
    void aRouteThatIsGoneKeepsNothingInTheSpoolAndItsDeliveriesExpire() {
        record(export("a", "one.csv.gz"));
        start(files("gone"));
        ExportFile file = fetchNext();
        assertThat(spooled.releaseDone()).isEmpty();
        destinations.stop("gone");
        clock.advance(Duration.ofMinutes(2));
        assertThat(spooled.releaseDone()).containsExactly(file.fileId());
        clock.advance(Duration.ofDays(8));
        assertThat(deliveries.expire(Duration.ofMinutes(15))).containsExactly("gone");
    }

    @Test
    void replaysWhatIsChosenAndNothingElse() {
        record(export("a", "one.csv.gz"));
        record(export("b", "one.csv.gz"));
        record(export("c", "one.csv.gz"));
        start(links("any"));
        List<Delivery> claimed = deliveries.claim(links("any"), 9);
        deliveries.failed(claimed.get(0), FailureAction.PARK, "no", RETRIES);
        deliveries.delivered(claimed.get(1));
        Replay replay = new Replay(database, clock);
        Set<DeliveryState> usual = Set.of(DeliveryState.PARKED, DeliveryState.EXPIRED);
        assertThat(replay.choose(new Replay.Choice(null, null, null, usual))).hasSize(1);
        assertThat(replay.choose(new Replay.Choice("b", null, null, usual))).isEmpty();
        assertThat(replay.choose(new Replay.Choice(null, "other", null, usual))).isEmpty();
        assertThat(replay.choose(new Replay.Choice(null, null, clock.instant().plusSeconds(1), usual)))
                .isEmpty();
        assertThat(replay.choose(new Replay.Choice("b", "any", null, Set.of(DeliveryState.DELIVERED))))
                .hasSize(1);
        assertThat(replay.replay(new Replay.Choice(null, "any", clock.instant(), usual)))
                .isEqualTo(1);
        Delivery again = deliveries.claim(links("any"), 9).get(0);
        assertThat(again.deliveryId()).isEqualTo(claimed.get(0).deliveryId());
        assertThat(again.attempt()).isEqualTo(1);
    }

    @Test
    void showsEveryExportFileAndDelivery() {
        record(export("a", "one.csv.gz", "two.csv.gz"));
        record(export("late"));
        ledger.reject(new RejectedEntry("bad", "it has no status"));
        start(links("x"));
        start(links("y"));
        deliveries.delivered(deliveries.claim(links("x"), 1).get(0));
        Status status = new Status(database);
        List<Status.Row> rows = new ArrayList<>();
        status.forEach(rows::add);
        assertThat(rows).hasSize(5);
        assertThat(rows)
                .filteredOn(row -> row.exportId().equals("late"))
                .singleElement()
                .satisfies(row -> assertThat(row.fileId()).isNull());
        assertThat(status.totals()).containsEntry(DeliveryState.DELIVERED, 1L).containsEntry(DeliveryState.PENDING, 3L);
        assertThat(status.rejected()).containsExactly(new RejectedEntry("bad", "it has no status"));
    }

    @Test
    void oneOfSeveralInstancesPolls() {
        PollLease one = new PollLease(database, "one", clock);
        PollLease two = new PollLease(database, "two", clock);
        Duration period = Duration.ofSeconds(60);
        assertThat(one.begin(period, false)).isTrue();
        assertThat(two.begin(period, false)).isFalse();
        one.end();
        assertThat(two.begin(period, false)).as("too early").isFalse();
        clock.advance(Duration.ofSeconds(55));
        assertThat(two.begin(period, false)).isTrue();
        assertThat(one.begin(period, false)).isFalse();
    }

    @Test
    void aPollerThatDiesIsReplacedWithinTwoPeriodsAndAPausedOneFindsItsClaimGone() {
        PollLease paused = new PollLease(database, "paused", clock);
        PollLease other = new PollLease(database, "other", clock);
        Duration period = Duration.ofSeconds(60);
        assertThat(paused.begin(period, false)).isTrue();
        clock.advance(Duration.ofSeconds(30));
        assertThat(paused.renew()).isTrue();
        clock.advance(Duration.ofSeconds(60));
        assertThat(other.begin(period, false)).isTrue();
        assertThat(paused.renew()).isFalse();
        assertThat(other.renew()).isTrue();
    }

    @Test
    void remembersInstantsToTheMillisecond() {
        record(export("a", "one.csv.gz"));
        start(links("any"));
        assertThat(deliveries.claim(links("any"), 1).get(0).file().createdAt())
                .isEqualTo(Instant.parse("2026-02-17T15:30:00.123Z"));
    }

    @Test
    void tellsARejectedEntryOnce() {
        assertThat(ledger.reject(new RejectedEntry("x", "it has no status"))).isTrue();
        assertThat(ledger.reject(new RejectedEntry("x", "it has no status"))).isFalse();
        assertThat(rows("rejected_entry")).isEqualTo(1);
    }

    @Test
    void storesNoUrl() {
        record(export("a", "one.csv.gz"));
        start(links("any"));
        for (String table : List.of("export", "export_file", "destination", "delivery")) {
            List<Map<String, Object>> rows = database.jdbi()
                    .withHandle(handle -> handle.createQuery("SELECT * FROM " + table)
                            .mapToMap()
                            .list());
            assertThat(rows).isNotEmpty();
            assertThat(rows.toString()).doesNotContain("https://").doesNotContain("Signature");
        }
    }

    private DeliveryOutcome failOnce() {
        return deliveries.failed(deliveries.claim(links("any"), 1).get(0), FailureAction.RETRY, "refused", RETRIES);
    }

    private RecordResult record(Export export) {
        return ledger.record(List.of(export)).get(0);
    }

    /** The files of the next export; none if none is due. */
    private static List<ExportFile> claim(DownloadQueue queue) {
        return queue.claim(1, files -> true).stream()
                .flatMap(export -> export.files().stream())
                .toList();
    }

    /** Claims, fetches and verifies the next file. */
    private ExportFile fetchNext() {
        ExportFile file = claim(downloads).get(0);
        downloads.ready(List.of(new VerifiedFile(file.fileId(), "ab", 7L)));
        return file;
    }

    private DeliveryQueue queue(String owner) {
        return new DeliveryQueue(database, owner, Duration.ofMinutes(2), clock);
    }

    private DownloadQueue downloads(String owner) {
        return new DownloadQueue(database, destinations, owner, Duration.ofMinutes(2), clock);
    }

    private SpooledFiles spooled(String owner) {
        return new SpooledFiles(database, destinations, owner, Duration.ofMinutes(2), clock);
    }

    private Progress progress() {
        return new Progress(database, clock);
    }

    private void start(Destination destination) {
        destinations.start(destination);
        destinations.enrol();
    }

    private static Destination links(String name) {
        return new Destination(name, new NamePattern("*"), false, true, RETRIES);
    }

    private static Destination files(String name) {
        return new Destination(name, new NamePattern("*"), true, true, RETRIES);
    }

    private long count(Destination destination, DeliveryState state) {
        return progress().byState(List.of(destination.name())).getOrDefault(state, 0L);
    }

    private long rows(String table) {
        return database.jdbi().withHandle(handle -> handle.createQuery("SELECT count(*) FROM " + table)
                .mapTo(Long.class)
                .one());
    }

    private Export export(String id, String... filenames) {
        return export(id, "properties_export", Instant.parse("2026-02-24T15:30:00.000Z"), filenames);
    }

    private Export named(String id, String name) {
        return export(id, name, Instant.parse("2026-02-24T15:30:00.000Z"), "one.csv.gz");
    }

    private Export expiring(String id, Instant expiresAt) {
        return export(id, "properties_export", expiresAt.truncatedTo(ChronoUnit.MILLIS), "one.csv.gz");
    }

    private static Export export(String id, String name, Instant expiresAt, String... filenames) {
        List<DownloadUrl> urls = Stream.of(filenames)
                .map(filename -> new DownloadUrl(filename, "https://store/" + id + "?X-Goog-Signature=s3cret", 100L))
                .toList();
        Instant created = Instant.parse("2026-02-17T15:30:00.123Z");
        return new Export(
                id,
                "completed",
                name,
                100,
                "Complete",
                10L,
                100L,
                urls.isEmpty() ? null : urls,
                created,
                created,
                expiresAt);
    }
}
