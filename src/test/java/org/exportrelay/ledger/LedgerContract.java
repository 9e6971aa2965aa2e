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
import java.util.stream.Stream;
import org.exportrelay.api.DownloadUrl;
import org.exportrelay.api.Export;
import org.exportrelay.api.RejectedEntry;
import org.exportrelay.testing.SettableClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the ledger promises, on whichever database it is. */
abstract class LedgerContract {

    private static final RetryPolicy RETRIES = new RetryPolicy(3, Duration.ofSeconds(5), Duration.ofMinutes(1));

    private final SettableClock clock = new SettableClock(Instant.parse("2026-02-17T16:00:00.000Z"));
    private LedgerDatabase database;
    private Ledger ledger;
    private Destinations destinations;
    private DeliveryQueue deliveries;
    private DownloadQueue downloads;

    /** An empty database. */
    abstract LedgerDatabase open();

    @BeforeEach
    void openLedger() {
        database = open();
        ledger = new Ledger(database, clock);
        destinations = new Destinations(database, clock);
        deliveries = queue("me");
        downloads = new DownloadQueue(database, destinations, "me", Duration.ofMinutes(2), clock);
    }

    @AfterEach
    void closeLedger() {
        database.close();
    }

    @Test
    void recordsAnExportOnceAndKnowsItFromThenOn() {
        assertThat(ledger.record(export("a", "one.csv.gz"))).isEqualTo(Sighting.NEW);
        assertThat(ledger.record(export("a", "one.csv.gz"))).isEqualTo(Sighting.KNOWN);
        assertThat(ledger.known(List.of("a", "b"))).containsExactly("a");
        assertThat(rows("export_file")).isEqualTo(1);
    }

    @Test
    void countsAnExportWithoutUrlsAsSeenTooLateAndAddsItsFilesIfTheyComeAfterAll() {
        assertThat(ledger.record(export("a"))).isEqualTo(Sighting.TOO_LATE);
        assertThat(ledger.known(List.of("a"))).isEmpty();
        assertThat(ledger.record(export("a", "one.csv.gz"))).isEqualTo(Sighting.NEW);
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
        ledger.record(bare);
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
        ledger.record(export("a", "one.csv.gz", "one.csv.gz", "o/ne.csv.gz"));
        start(links("any"));
        assertThat(deliveries.claim(links("any"), 9))
                .extracting(delivery -> delivery.file().uniqueName())
                .containsExactly("one.a.csv.gz", "one.2.a.csv.gz", "o_ne.a.csv.gz");
    }

    @Test
    void owesEveryDestinationEveryFileItWantsExactlyOnce() {
        ledger.record(export("a", "one.csv.gz", "two.csv.gz"));
        ledger.record(named("b", "people_export"));
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
        Alerts here = new Alerts(database, clock);
        Alerts there = new Alerts(database, clock);
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
        Alerts alerts = new Alerts(database, clock);
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
        Alerts alerts = new Alerts(database, clock);
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
        ledger.record(export("past", "one.csv.gz"));
        Destination fresh = new Destination("fresh", new NamePattern("*"), false, false, RETRIES);
        start(fresh);
        ledger.record(export("new", "two.csv.gz"));
        destinations.enrol();
        assertThat(deliveries.claim(fresh, 9))
                .extracting(delivery -> delivery.file().exportId())
                .containsExactly("new");
    }

    @Test
    void backfillLeavesOutWhatHasExpiredButAKnownDestinationIsToldOfItsLoss() {
        ledger.record(export("gone", "one.csv.gz"));
        clock.advance(Duration.ofDays(8));
        start(links("late"));
        assertThat(count(links("late"), DeliveryState.PENDING)).isZero();

        destinations.stop("late");
        ledger.record(expiring("paused", clock.instant().plus(Duration.ofHours(1))));
        clock.advance(Duration.ofHours(2));
        start(links("late"));
        assertThat(deliveries.expire(Duration.ofMinutes(15))).containsExactly("late");
        assertThat(count(links("late"), DeliveryState.EXPIRED)).isEqualTo(1);
    }

    @Test
    void looksThroughThePastAgainWhenARouteAsksForOtherNames() {
        ledger.record(named("a", "people_export"));
        start(new Destination("d", new NamePattern("properties_*"), false, true, RETRIES));
        destinations.stop("d");
        Destination widened = new Destination("d", new NamePattern("*"), false, true, RETRIES);
        start(widened);
        assertThat(deliveries.claim(widened, 9)).hasSize(1);
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
        ledger.record(expiring("later", clock.instant().plus(Duration.ofDays(5))));
        ledger.record(expiring("sooner", clock.instant().plus(Duration.ofDays(1))));
        start(links("any"));
        assertThat(deliveries.claim(links("any"), 1).get(0).file().exportId()).isEqualTo("sooner");
    }

    @Test
    void retriesWithGrowingDelaysAndParksWithTheReason() {
        ledger.record(export("a", "one.csv.gz"));
        start(links("any"));
        assertThat(failOnce().delay()).isEqualTo(Duration.ofSeconds(5));
        assertThat(deliveries.claim(links("any"), 1)).isEmpty();
        clock.advance(Duration.ofSeconds(5));
        assertThat(failOnce().delay()).isEqualTo(Duration.ofSeconds(10));
        clock.advance(Duration.ofSeconds(10));
        assertThat(failOnce().state()).isEqualTo(DeliveryState.PARKED);
        Progress.Trouble trouble = progress()
                .troubleSince(List.of("any"), clock.instant().minusSeconds(60))
                .get(0);
        assertThat(trouble.attempts()).isEqualTo(3);
        assertThat(trouble.error()).isEqualTo("refused");
    }

    @Test
    void postponesWithoutCountingAnAttempt() {
        ledger.record(export("a", "one.csv.gz"));
        start(links("any"));
        Delivery first = deliveries.claim(links("any"), 1).get(0);
        deliveries.failed(first, Remedy.POSTPONE, "the API is away", RETRIES);
        clock.advance(Duration.ofMinutes(1));
        assertThat(deliveries.claim(links("any"), 1).get(0).attempt()).isEqualTo(1);
    }

    @Test
    void keepsTheDeliveryIdOverRetries() {
        ledger.record(export("a", "one.csv.gz"));
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
        ledger.record(export("a", "one.csv.gz"));
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
        assertThat(deliveries.failed(mine, Remedy.PARK, "late", RETRIES).isLost())
                .isTrue();
        assertThat(other.delivered(theirs)).isTrue();
        assertThat(count(links("any"), DeliveryState.DELIVERED)).isEqualTo(1);
    }

    @Test
    void anInstanceThatWasPausedSettlesNothingThatItTookUpAgainItself() {
        ledger.record(export("a", "one.csv.gz"));
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
        ledger.record(export("a", "one.csv.gz"));
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
        ledger.record(export("a", "one.csv.gz"));
        start(links("any"));
        Setback setback = new Setback(Remedy.PARK, "a\0b\nc\u001b[31m");
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
        ledger.record(export("a", "one.csv.gz"));
        start(files("x"));
        List<ExportFile> mine = downloads.claim(files -> true);
        clock.advance(Duration.ofMinutes(3));
        DownloadQueue other = new DownloadQueue(database, destinations, "other", Duration.ofMinutes(2), clock);
        other.releaseEndedLeases();
        List<ExportFile> theirs = other.claim(files -> true);
        other.ready(List.of(new VerifiedFile(theirs.get(0).fileId(), "ab", 7L)));
        assertThat(downloads.failed(mine, Remedy.EXPIRE, "gone")).isEmpty();
        assertThat(queue("other").claim(files("x"), 1)).hasSize(1);
    }

    @Test
    void onlyAReplayOfADeliveredOneDisownsWhatTheDestinationWasGiven() {
        Replay replay = new Replay(database, clock);
        ledger.record(export("a", "one.csv.gz"));
        start(links("any"));
        Delivery first = deliveries.claim(links("any"), 1).get(0);
        assertThat(first.isFirstClaim()).isTrue();
        deliveries.failed(first, Remedy.PARK, "no", links("any").retries());
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
        ledger.record(export("a", "one.csv.gz"));
        start(files("x"));
        List<ExportFile> fetching = downloads.claim(files -> true);
        clock.advance(Duration.ofMinutes(3));
        new DownloadQueue(database, destinations, "other", Duration.ofMinutes(2), clock).releaseEndedLeases();
        assertThat(downloads.claim(files -> true)).isEmpty();
        downloads.release(List.of(fetching.get(0).fileId()));
        assertThat(downloads.claim(files -> true)).hasSize(1);
    }

    @Test
    void theSpoolKeepsTheFilesOfARouteThatIsReloaded() {
        ledger.record(expiring("a", clock.instant().plus(Duration.ofHours(1))));
        start(files("x"));
        ExportFile file = downloads.claim(files -> true).get(0);
        downloads.ready(List.of(new VerifiedFile(file.fileId(), "ab", 7L)));
        clock.advance(Duration.ofHours(2));
        destinations.stop("x");
        assertThat(downloads.releaseDone()).isEmpty();
        start(files("x"));
        assertThat(deliveries.claim(files("x"), 1)).hasSize(1);
    }

    @Test
    void handsOutEachDeliveryOnceHoweverManyClaimAtATime() throws Exception {
        for (int i = 0; i < 60; i++) {
            ledger.record(export("e" + i, "one.csv.gz"));
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
        ledger.record(export("a", "one.csv.gz"));
        start(files("x"));
        start(files("y"));
        assertThat(deliveries.claim(files("x"), 1)).isEmpty();
        List<ExportFile> wanted = downloads.claim(files -> true);
        assertThat(wanted).hasSize(1);
        assertThat(downloads.claim(files -> true)).isEmpty();
        downloads.ready(List.of(new VerifiedFile(wanted.get(0).fileId(), "ab", 7L)));

        Delivery toX = deliveries.claim(files("x"), 1).get(0);
        assertThat(toX.file().sha256()).isEqualTo("ab");
        deliveries.delivered(toX);
        assertThat(downloads.releaseDone(toX.file().fileId())).isFalse();
        deliveries.delivered(deliveries.claim(files("y"), 1).get(0));
        assertThat(downloads.releaseDone(toX.file().fileId())).isTrue();
        assertThat(downloads.claim(files -> true)).isEmpty();
    }

    @Test
    void countsAFailedDownloadAsAnAttemptOfEveryDeliveryThatWaits() {
        ledger.record(export("a", "one.csv.gz", "two.csv.gz"));
        start(files("x"));
        start(files("y"));
        List<ExportFile> wanted = downloads.claim(files -> true);
        assertThat(wanted).hasSize(2);
        assertThat(downloads.failed(wanted, Remedy.RETRY, "the store answered 503"))
                .hasSize(4)
                .allMatch(waiting -> waiting.attempt() == 1);
        assertThat(downloads.claim(files -> true)).isEmpty();
        clock.advance(Duration.ofSeconds(5));
        assertThat(downloads.failed(downloads.claim(files -> true), Remedy.PARK, "corrupt"))
                .hasSize(4);
        assertThat(count(files("x"), DeliveryState.PARKED)).isEqualTo(2);
    }

    @Test
    void expiresAWaitingFileButNotOneThatTheSpoolHas() {
        ledger.record(expiring("spooled", clock.instant().plus(Duration.ofHours(1))));
        start(files("x"));
        ExportFile file = downloads.claim(files -> true).get(0);
        downloads.ready(List.of(new VerifiedFile(file.fileId(), "ab", null)));
        ledger.record(expiring("waiting", clock.instant().plus(Duration.ofHours(1))));
        destinations.enrol();
        clock.advance(Duration.ofHours(2));
        assertThat(deliveries.expire(Duration.ofMinutes(15))).containsExactly("x");
        assertThat(deliveries.claim(files("x"), 9))
                .extracting(delivery -> delivery.file().exportId())
                .containsExactly("spooled");
    }

    @Test
    void neverGivesTwoFilesTheSameNameHoweverTheyAreNumbered() {
        ledger.record(export("a", "a.csv.gz", "a.csv.gz", "a.2.csv.gz"));
        start(links("any"));
        assertThat(deliveries.claim(links("any"), 9))
                .extracting(delivery -> delivery.file().uniqueName())
                .doesNotHaveDuplicates();
    }

    @Test
    void renewsOnlyWhatIsInHandSoThatALostOutcomeEndsWithItsLease() {
        ledger.record(export("a", "one.csv.gz"));
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
        ledger.record(export("a", "one.csv.gz"));
        ledger.record(export("b", "one.csv.gz"));
        start(files("x"));
        ExportFile spooled = downloads.claim(files -> true).get(0);
        downloads.ready(List.of(new VerifiedFile(spooled.fileId(), "ab", 7L)));
        downloads.claim(files -> true);
        DownloadQueue other = new DownloadQueue(database, destinations, "other", Duration.ofMinutes(2), clock);
        clock.advance(Duration.ofMinutes(1));
        downloads.renewLeases();
        clock.advance(Duration.ofSeconds(90));
        assertThat(other.releaseEndedLeases()).isZero();
        clock.advance(Duration.ofMinutes(1));
        assertThat(other.releaseEndedLeases()).isEqualTo(2);
        assertThat(other.claim(files -> true)).hasSize(1);
        assertThat(other.claim(files -> true)).hasSize(1);
    }

    @Test
    void aRestartOfTheOnlyProcessTakesOverAtOnceWhatItsSpoolHas() {
        ledger.record(export("a", "one.csv.gz"));
        ledger.record(export("b", "one.csv.gz"));
        start(files("x"));
        ExportFile spooled = downloads.claim(files -> true).get(0);
        downloads.ready(List.of(new VerifiedFile(spooled.fileId(), "ab", 7L)));
        downloads.claim(files -> true);
        DownloadQueue restarted = new DownloadQueue(database, destinations, "restarted", Duration.ofMinutes(2), clock);
        assertThat(restarted.takeOver(List.of(spooled.fileId(), 99L))).containsExactly(spooled.fileId());
        assertThat(restarted.claim(files -> true)).hasSize(1);
        assertThat(queue("restarted").claim(files("x"), 9)).hasSize(1);
    }

    @Test
    void leavesFilesToOthersThatShareTheLedgerUnlessTheirEndIsNear() {
        for (int i = 0; i < 40; i++) {
            ledger.record(export("e" + i, "one.csv.gz"));
        }
        start(files("x"));
        assertThat(fetched(downloads)).isEqualTo(database.isExclusive() ? 40 : 16);
        if (database.isExclusive()) {
            return;
        }
        DownloadQueue other = new DownloadQueue(database, destinations, "other", Duration.ofMinutes(2), clock);
        assertThat(fetched(other)).isEqualTo(16);
        ledger.record(named("person", "people_export"));
        start(new Destination("y", new NamePattern("people_*"), true, true, RETRIES));
        destinations.enrol();
        assertThat(fetched(downloads)).as("for another destination").isEqualTo(1);
        ledger.record(expiring("urgent", clock.instant().plus(Duration.ofHours(2))));
        destinations.enrol();
        assertThat(fetched(other)).as("for its end is near").isEqualTo(1);
        assertThat(deliveries.claim(files("x"), 10)).hasSize(10);
        assertThat(fetched(downloads)).as("the rest").isEqualTo(8);
    }

    private static int fetched(DownloadQueue queue) {
        int files = 0;
        for (List<ExportFile> claimed = queue.claim(any -> true);
                !claimed.isEmpty();
                claimed = queue.claim(any -> true)) {
            files += claimed.size();
            queue.ready(claimed.stream()
                    .map(file -> new VerifiedFile(file.fileId(), "ab", 7L))
                    .toList());
        }
        return files;
    }

    @Test
    void theSpoolWaitsForNoLink() {
        ledger.record(export("a", "one.csv.gz"));
        start(files("x"));
        start(links("slow"));
        ExportFile file = downloads.claim(files -> true).get(0);
        downloads.ready(List.of(new VerifiedFile(file.fileId(), "ab", 7L)));
        deliveries.delivered(deliveries.claim(files("x"), 1).get(0));
        assertThat(downloads.releaseDone()).containsExactly(file.fileId());
    }

    @Test
    void anEditedRouteKeepsWhatItWasOwedButIsNotOwedWhatHasExpiredBeforeItAsked() {
        ledger.record(named("early", "people_export"));
        start(new Destination("d", new NamePattern("properties_*"), false, true, RETRIES));
        destinations.stop("d");
        ledger.record(named("owed", "properties_export"));
        clock.advance(Duration.ofDays(8));
        Destination widened = new Destination("d", new NamePattern("*"), false, true, RETRIES);
        start(widened);
        assertThat(deliveries.expire(Duration.ZERO)).containsExactly("d");
        assertThat(count(widened, DeliveryState.EXPIRED)).isEqualTo(1);
    }

    @Test
    void tellsWhatIsLikelyToMissItsExpiry() {
        ledger.record(expiring("soon", clock.instant().plus(Duration.ofMinutes(50))));
        ledger.record(expiring("later", clock.instant().plus(Duration.ofDays(3))));
        start(files("x"));
        start(links("y"));
        assertThat(progress().atRisk(Duration.ofHours(1)))
                .containsExactly(
                        new Progress.Risk("x", 1, clock.instant().plus(Duration.ofMinutes(50))),
                        new Progress.Risk("y", 1, clock.instant().plus(Duration.ofMinutes(50))));
        ExportFile file = downloads.claim(files -> true).get(0);
        downloads.ready(List.of(new VerifiedFile(file.fileId(), "ab", 7L)));
        assertThat(progress().atRisk(Duration.ofHours(1)))
                .extracting(Progress.Risk::destination)
                .containsExactly("y");
    }

    @Test
    void aRouteThatIsGoneKeepsNothingInTheSpoolAndItsDeliveriesExpire() {
        ledger.record(export("a", "one.csv.gz"));
        start(files("gone"));
        ExportFile file = downloads.claim(files -> true).get(0);
        downloads.ready(List.of(new VerifiedFile(file.fileId(), "ab", 7L)));
        assertThat(downloads.releaseDone()).isEmpty();
        destinations.stop("gone");
        clock.advance(Duration.ofMinutes(2));
        assertThat(downloads.releaseDone()).containsExactly(file.fileId());
        clock.advance(Duration.ofDays(8));
        assertThat(deliveries.expire(Duration.ofMinutes(15))).containsExactly("gone");
    }

    @Test
    void replaysWhatIsChosenAndNothingElse() {
        ledger.record(export("a", "one.csv.gz"));
        ledger.record(export("b", "one.csv.gz"));
        ledger.record(export("c", "one.csv.gz"));
        start(links("any"));
        List<Delivery> claimed = deliveries.claim(links("any"), 9);
        deliveries.failed(claimed.get(0), Remedy.PARK, "no", RETRIES);
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
        ledger.record(export("a", "one.csv.gz", "two.csv.gz"));
        ledger.record(export("late"));
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
        Poller one = new Poller(database, "one", clock);
        Poller two = new Poller(database, "two", clock);
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
        Poller paused = new Poller(database, "paused", clock);
        Poller other = new Poller(database, "other", clock);
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
        ledger.record(export("a", "one.csv.gz"));
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
        ledger.record(export("a", "one.csv.gz"));
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

    private Settlement failOnce() {
        return deliveries.failed(deliveries.claim(links("any"), 1).get(0), Remedy.RETRY, "refused", RETRIES);
    }

    private DeliveryQueue queue(String owner) {
        return new DeliveryQueue(database, owner, Duration.ofMinutes(2), clock);
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
