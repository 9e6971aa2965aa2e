package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.NamePattern;
import org.junit.jupiter.api.Test;

/** Which deliveries a destination gets. */
class DeliveryCreatorTest extends LedgerTest {

    @Test
    void createsExactlyOneDeliveryOfEachFileForEachDestinationThatWantsIt() {
        me.record(export("a", "one.csv.gz", "two.csv.gz"));
        me.record(named("b", "people_export"));
        Destination people = new Destination("people", new NamePattern("people_*"), false, true, RETRIES);
        me.start(links("all"));
        me.start(people);
        me.createDeliveries();
        me.createDeliveries();
        assertThat(count(links("all"), DeliveryState.PENDING)).isEqualTo(3);
        assertThat(count(people, DeliveryState.PENDING)).isEqualTo(1);
    }

    @Test
    void leavesOutThePastWhereNoBackfillIsWanted() {
        me.record(export("past", "one.csv.gz"));
        Destination fresh = new Destination("fresh", new NamePattern("*"), false, false, RETRIES);
        me.start(fresh);
        me.record(export("new", "two.csv.gz"));
        me.createDeliveries();
        assertThat(deliveries.claim(fresh, 9))
                .extracting(delivery -> delivery.file().exportId())
                .containsExactly("new");
    }

    @Test
    void backfillLeavesOutWhatHasExpiredButAKnownDestinationExpiresIt() {
        me.record(export("gone", "one.csv.gz"));
        clock.advance(Duration.ofDays(8));
        me.start(links("late"));
        assertThat(count(links("late"), DeliveryState.PENDING)).isZero();

        destinations.stop("late");
        me.record(expiring("paused", clock.instant().plus(Duration.ofHours(1))));
        clock.advance(Duration.ofHours(2));
        me.start(links("late"));
        assertThat(expiry.expire(clock.instant(), Duration.ofMinutes(15))).containsExactly("late");
        assertThat(count(links("late"), DeliveryState.EXPIRED)).isEqualTo(1);
    }

    @Test
    void scansThePastAgainWhenARouteAsksForOtherNames() {
        me.record(named("a", "people_export"));
        me.start(new Destination("d", new NamePattern("properties_*"), false, true, RETRIES));
        destinations.stop("d");
        Destination widened = new Destination("d", new NamePattern("*"), false, true, RETRIES);
        me.start(widened);
        assertThat(deliveries.claim(widened, 9)).hasSize(1);
    }

    @Test
    void anInstanceWhoseRouteStillAsksForOldNamesDoesNotSkipTheNewOnes() {
        me.record(named("a", "people_export"));
        me.start(new Destination("d", new NamePattern("properties_*"), false, true, RETRIES));
        LedgerInstance edited = new LedgerInstance(database, "edited", LEASE, clock);
        Destination widened = new Destination("d", new NamePattern("*"), false, true, RETRIES);
        edited.destinations.start(widened);
        me.createDeliveries();
        edited.createDeliveries();
        assertThat(deliveries.claim(widened, 9)).hasSize(1);
    }

    /** Maintenance asks while it reads the ledger, which the starting route waits for. */
    @Test
    void listsTheRunningDestinationsWhileAnotherRouteWaitsForTheLedgerToStart() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Future<?> starting = database.jdbi().inTransaction(handle -> {
                Future<?> start = threads.submit(() -> destinations.start(links("late")));
                if (database.isExclusive()) {
                    assertThatThrownBy(() -> start.get(300, TimeUnit.MILLISECONDS))
                            .isInstanceOf(TimeoutException.class);
                }
                assertThat(threads.submit(destinations::runningOrReloading).get(10, TimeUnit.SECONDS))
                        .isNotNull();
                return start;
            });
            starting.get(10, TimeUnit.SECONDS);
            assertThat(destinations.runningOrReloading())
                    .extracting(Destination::name)
                    .containsExactly("late");
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void noDestinationWaitsBehindTheBacklogOfAnother() {
        files(3000);
        destinations.start(links("archive"));
        destinations.start(links("zeta"));
        me.creator.createDeliveries(2);
        assertThat(count(links("archive"), DeliveryState.PENDING)).isEqualTo(500);
        assertThat(count(links("zeta"), DeliveryState.PENDING)).isEqualTo(500);
    }

    @Test
    void withMoreBacklogsThanTurnsEachHasItsTurn() {
        files(1500);
        List<Destination> all =
                Stream.of("a", "b", "c", "d", "e", "f").map(LedgerTest::links).toList();
        all.forEach(destinations::start);
        for (int call = 0; call < 3; call++) {
            me.creator.createDeliveries(2);
        }
        assertThat(all).allSatisfy(destination -> assertThat(count(destination, DeliveryState.PENDING))
                .isEqualTo(500));
    }

    @Test
    void aDestinationThatIsUpToDateReceivesNewExportsBesideABacklog() {
        destinations.start(links("zeta"));
        files(3000);
        me.createDeliveries();
        destinations.start(links("archive"));
        me.record(export("new", "one.csv.gz"));
        me.creator.createDeliveries(1);
        me.creator.createDeliveries(1);
        assertThat(count(links("archive"), DeliveryState.PENDING)).isLessThanOrEqualTo(1000);
        assertThat(count(links("zeta"), DeliveryState.PENDING)).isEqualTo(3001);
    }

    /** Recorded a hundred at a time, as a poll does. */
    private void files(int exports) {
        IntStream.range(0, exports / 100)
                .forEach(page -> me.recorder.record(
                        IntStream.range(0, 100)
                                .mapToObj(i -> export("e" + page + "-" + i, "one.csv.gz"))
                                .toList(),
                        Optional.empty()));
    }

    @Test
    void refusesTwoRoutesWithTheSameDestination() {
        me.start(links("same"));
        assertThatThrownBy(() -> destinations.start(links("same")))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("exports:same")
                .hasMessageContaining("name of its own");
    }

    @Test
    void anEditedRouteKeepsItsDeliveriesButGetsNoneOfWhatHasExpiredBeforeTheEdit() {
        me.record(named("early", "people_export"));
        me.start(new Destination("d", new NamePattern("properties_*"), false, true, RETRIES));
        destinations.stop("d");
        me.record(named("owed", "properties_export"));
        clock.advance(Duration.ofDays(8));
        Destination widened = new Destination("d", new NamePattern("*"), false, true, RETRIES);
        me.start(widened);
        assertThat(expiry.expire(clock.instant(), Duration.ZERO)).containsExactly("d");
        assertThat(count(widened, DeliveryState.EXPIRED)).isEqualTo(1);
    }
}
