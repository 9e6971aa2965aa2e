package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryOutcome;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.FailureAction;
import org.junit.jupiter.api.Test;

/** Claims, leases and outcomes of deliveries. */
class DeliveryQueueTest extends LedgerTest {

    @Test
    void claimsTheNearestExpiryFirst() {
        me.record(expiring("later", clock.instant().plus(Duration.ofDays(5))));
        me.record(expiring("sooner", clock.instant().plus(Duration.ofDays(1))));
        me.start(links("any"));
        assertThat(deliveries.claim(links("any"), 1).get(0).file().exportId()).isEqualTo("sooner");
    }

    @Test
    void retriesWithGrowingDelaysAndParksWithTheReason() {
        me.record(export("a", "one.csv.gz"));
        me.start(links("any"));
        assertThat(failOnce().delay()).isEqualTo(Duration.ofSeconds(5));
        assertThat(deliveries.claim(links("any"), 1)).isEmpty();
        clock.advance(Duration.ofSeconds(5));
        assertThat(failOnce().delay()).isEqualTo(Duration.ofSeconds(10));
        clock.advance(Duration.ofSeconds(10));
        assertThat(failOnce().state()).isEqualTo(DeliveryState.PARKED);
        Progress.UndeliveredItem undelivered = me.progress
                .undeliveredSince(List.of("any"), List.of(), clock.instant().minusSeconds(60))
                .get(0);
        assertThat(undelivered.attempts()).isEqualTo(3);
        assertThat(undelivered.error()).isEqualTo("refused");
    }

    @Test
    void postponesWithoutCountingAnAttempt() {
        me.record(export("a", "one.csv.gz"));
        me.start(links("any"));
        Delivery first = deliveries.claim(links("any"), 1).get(0);
        fail(first, FailureAction.POSTPONE, "the API is away");
        clock.advance(Duration.ofMinutes(1));
        assertThat(deliveries.claim(links("any"), 1).get(0).attempt()).isEqualTo(1);
    }

    @Test
    void keepsTheDeliveryIdOverRetries() {
        me.record(export("a", "one.csv.gz"));
        me.start(links("any"));
        String first = deliveries.claim(links("any"), 1).get(0).deliveryId();
        DeliveryQueue restarted = other("restarted").deliveries;
        restarted.takeOver();
        Delivery again = restarted.claim(links("any"), 1).get(0);
        assertThat(again.deliveryId()).isEqualTo(first);
        assertThat(again.attempt()).isEqualTo(2);
    }

    @Test
    void takesOverAnEndedLeaseAndFencesItsLateOwner() {
        me.record(export("a", "one.csv.gz"));
        me.start(links("any"));
        DeliveryQueue other = other("other").deliveries;
        Delivery mine = deliveries.claim(links("any"), 1).get(0);
        clock.advance(Duration.ofMinutes(1));
        deliveries.renewLeases();
        clock.advance(Duration.ofSeconds(90));
        assertThat(other.releaseEndedLeases()).isZero();
        clock.advance(Duration.ofMinutes(1));
        assertThat(other.releaseEndedLeases()).isEqualTo(1);
        Delivery theirs = other.claim(links("any"), 1).get(0);
        assertThat(deliveries.delivered(mine, Optional.empty())).isFalse();
        assertThat(fail(mine, FailureAction.PARK, "late").isLost()).isTrue();
        assertThat(other.delivered(theirs, Optional.empty())).isTrue();
        assertThat(count(links("any"), DeliveryState.DELIVERED)).isEqualTo(1);
    }

    @Test
    void anInstanceThatWasPausedRecordsNothingForADeliveryThatItHasClaimedAgain() {
        me.record(export("a", "one.csv.gz"));
        me.start(links("any"));
        Delivery first = deliveries.claim(links("any"), 1).get(0);
        clock.advance(Duration.ofMinutes(3));
        assertThat(other("other").deliveries.releaseEndedLeases()).isEqualTo(1);
        assertThat(deliveries.claim(links("any"), 1))
                .as("while the first attempt is in flight")
                .isEmpty();
        assertThat(deliveries.delivered(first, Optional.empty())).isFalse();
        Delivery second = deliveries.claim(links("any"), 1).get(0);
        assertThat(deliveries.delivered(first, Optional.empty())).isFalse();
        assertThat(deliveries.delivered(second, Optional.empty())).isTrue();
    }

    @Test
    void anInstanceThatWasPausedRenewsNoLeaseOfAnother() {
        me.record(export("a", "one.csv.gz"));
        me.start(links("any"));
        DeliveryQueue other = other("other").deliveries;
        deliveries.claim(links("any"), 1);
        clock.advance(Duration.ofMinutes(3));
        other.releaseEndedLeases();
        Delivery theirs = other.claim(links("any"), 1).get(0);
        other.abandon(theirs);
        clock.advance(Duration.ofMinutes(1));
        deliveries.renewLeases();
        clock.advance(Duration.ofSeconds(61));
        assertThat(other("third").deliveries.releaseEndedLeases()).isEqualTo(1);
    }

    @Test
    void recordsAnyReasonWhateverAServerAnswered() {
        me.record(export("a", "one.csv.gz"));
        me.start(links("any"));
        Delivery delivery = deliveries.claim(links("any"), 1).get(0);
        assertThat(fail(delivery, FailureAction.PARK, "a\0b\nc\u001b[31m").state())
                .isEqualTo(DeliveryState.PARKED);
    }

    @Test
    void givesEachDeliveryToOneOfManyConcurrentClaims() throws Exception {
        for (int i = 0; i < 60; i++) {
            me.record(export("e" + i, "one.csv.gz"));
        }
        me.start(links("any"));
        Collection<String> claimed = new ConcurrentLinkedQueue<>();
        ExecutorService pool = Executors.newFixedThreadPool(4);
        List<Future<?>> runs = Stream.of("p", "q", "r", "s")
                .<Future<?>>map(name -> pool.submit(() -> {
                    DeliveryQueue mine = other(name).deliveries;
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
    void renewsOnlyWhatIsInFlightSoThatALostOutcomeEndsWithItsLease() {
        me.record(export("a", "one.csv.gz"));
        me.start(links("any"));
        Delivery delivery = deliveries.claim(links("any"), 1).get(0);
        clock.advance(Duration.ofMinutes(3));
        assertThat(deliveries.releaseEndedLeases()).isZero();
        deliveries.abandon(delivery);
        assertThat(deliveries.releaseEndedLeases()).isEqualTo(1);
        assertThat(deliveries.claim(links("any"), 1)).hasSize(1);
    }

    private DeliveryOutcome failOnce() {
        return fail(deliveries.claim(links("any"), 1).get(0), FailureAction.RETRY, "refused");
    }

    /** This machine's clock may be ahead of the API's: only what has expired by the API's clock is lost. */
    @Test
    void expiresByTheApisClockNotByThisMachines() {
        me.record(expiring("a", clock.instant().plus(Duration.ofMinutes(10))));
        me.start(files("x"), links("y"));
        Instant byTheApi = clock.instant();
        clock.advance(Duration.ofMinutes(20));
        assertThat(expiry.expire(byTheApi, Duration.ofMinutes(5))).isEmpty();
        assertThat(expiry.expire(byTheApi, Duration.ofMinutes(15))).containsExactly("y");
        assertThat(expiry.expire(byTheApi.plus(Duration.ofMinutes(10)), Duration.ofMinutes(15)))
                .containsExactly("x");
    }
}
