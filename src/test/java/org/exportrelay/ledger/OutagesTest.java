package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.DeliveryOutcome;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.FailureAction;
import org.junit.jupiter.api.Test;

/** A destination that is down: nothing counts, one delivery at a time is tried, the first success releases the others. */
class OutagesTest extends LedgerTest {

    private static final Destination PARTNER = links("partner");

    @Test
    void anOutageCountsNoAttemptAndMakesAllDeliveriesWait() {
        waiting(5);
        Delivery first = claim(1).get(0);
        DeliveryOutcome outcome = outage(first);
        assertThat(outcome.state()).isEqualTo(DeliveryState.RETRYING);
        assertThat(outcome.counted()).isFalse();
        assertThat(state().outage().orElseThrow().reason()).isEqualTo("nothing listens there");
        clock.advance(Duration.ofSeconds(4));
        assertThat(claim(9)).isEmpty();
        clock.advance(Duration.ofSeconds(1));
        assertThat(claim(9)).hasSize(1);
        assertThat(claim(9)).as("one probe at a time").isEmpty();
    }

    @Test
    void probesAtGrowingIntervalsAndNeverParks() {
        waiting(3);
        outage(claim(1).get(0));
        for (int seconds : List.of(5, 10, 20, 40, 60, 60, 60)) {
            clock.advance(Duration.ofSeconds(seconds - 1));
            assertThat(claim(1)).isEmpty();
            clock.advance(Duration.ofSeconds(1));
            outage(claim(1).get(0));
        }
        for (int i = 0; i < 50; i++) {
            clock.advance(Duration.ofMinutes(1));
            outage(claim(1).get(0));
        }
        assertThat(count(PARTNER, DeliveryState.PARKED)).isZero();
        clock.advance(Duration.ofMinutes(1));
        assertThat(claim(1).get(0).attempt()).isEqualTo(1);
    }

    @Test
    void probesTakeTurnsAmongTheDeliveries() {
        waiting(3);
        List<String> tried = IntStream.range(0, 6)
                .mapToObj(i -> {
                    Delivery delivery = claim(1).get(0);
                    outage(delivery);
                    clock.advance(Duration.ofMinutes(1));
                    return delivery.deliveryId();
                })
                .toList();
        assertThat(tried.subList(0, 3)).doesNotHaveDuplicates();
        assertThat(tried.subList(3, 6)).isEqualTo(tried.subList(0, 3));
    }

    @Test
    void theFirstSuccessReleasesTheOthers() {
        waiting(5);
        outage(claim(1).get(0));
        clock.advance(Duration.ofSeconds(5));
        deliveries.delivered(claim(9).get(0), Optional.empty());
        assertThat(state().outage()).isEmpty();
        assertThat(claim(9)).hasSize(4);
    }

    @Test
    void waitsAsLongAsTheServerAsks() {
        waiting(2);
        Delivery first = claim(1).get(0);
        deliveries.failed(
                first,
                new DeliveryException(
                        FailureAction.OUTAGE, "hooks answered 503", Optional.of(Duration.ofMinutes(20)), null),
                RETRIES);
        clock.advance(Duration.ofMinutes(19));
        assertThat(claim(1)).isEmpty();
        clock.advance(Duration.ofMinutes(1));
        assertThat(claim(1)).hasSize(1);
    }

    @Test
    void deliveriesInFlightWhenItGoesDownDoNotPutOffTheProbe() {
        waiting(9);
        List<Delivery> inFlight = claim(8);
        inFlight.forEach(this::outage);
        clock.advance(Duration.ofSeconds(5));
        assertThat(claim(1)).hasSize(1);
    }

    @Test
    void allInstancesShareTheStateAndOneOfThemProbes() {
        waiting(5);
        DeliveryQueue other = other("other").deliveries;
        outage(claim(1).get(0));
        assertThat(other.claim(PARTNER, 9)).isEmpty();
        clock.advance(Duration.ofSeconds(5));
        List<Delivery> probe = other.claim(PARTNER, 9);
        assertThat(probe).hasSize(1);
        assertThat(claim(9)).isEmpty();
        other.delivered(probe.get(0), Optional.empty());
        assertThat(claim(9)).hasSize(4);
    }

    @Test
    void aProbeWhoseInstanceDiesIsRepeatedAfterItsLease() {
        waiting(2);
        outage(claim(1).get(0));
        clock.advance(Duration.ofSeconds(5));
        assertThat(other("dying").deliveries.claim(PARTNER, 1)).hasSize(1);
        clock.advance(LEASE.minusSeconds(1));
        assertThat(claim(1)).isEmpty();
        clock.advance(Duration.ofSeconds(1));
        assertThat(claim(1)).hasSize(1);
    }

    @Test
    void theOnlyProcessOfALedgerRepeatsTheProbeOfAKilledOneImmediately() {
        waiting(2);
        outage(claim(1).get(0));
        clock.advance(Duration.ofSeconds(5));
        assertThat(claim(1)).hasSize(1);
        DeliveryQueue restarted = other("restarted").deliveries;
        restarted.takeOver();
        assertThat(restarted.claim(PARTNER, 9)).hasSize(1);
        assertThat(restarted.claim(PARTNER, 9)).as("one probe at a time").isEmpty();
    }

    @Test
    void aKillDuringAnOutageCountsNoAttempt() {
        waiting(1);
        outage(claim(1).get(0));
        for (int kill = 0; kill < 20; kill++) {
            clock.advance(LEASE);
            assertThat(deliveries.claim(PARTNER, 1)).hasSize(1);
            me = other("restarted-" + kill);
            deliveries = me.deliveries;
            deliveries.takeOver();
        }
        clock.advance(LEASE);
        assertThat(claim(1).get(0).attempt()).isEqualTo(1);
    }

    @Test
    void aDeliveryThatAloneBreaksTheConnectionEndsParkedAndTheOthersGetThrough() {
        waiting(40);
        String poison = claim(1).get(0).deliveryId();
        deliveries.failed(inFlight(poison), unreachable(), RETRIES);
        Duration held = Duration.ZERO;
        for (int step = 0; step < 600 && count(PARTNER, DeliveryState.PARKED) == 0; step++) {
            List<Delivery> claimed = claim(2);
            for (Delivery delivery : claimed) {
                if (delivery.deliveryId().equals(poison)) {
                    outage(delivery);
                } else {
                    deliveries.delivered(delivery, Optional.empty());
                }
            }
            if (claimed.isEmpty()) {
                me.record(export("more-" + step, "one.csv.gz"));
                me.createDeliveries();
                held = held.plusSeconds(1);
            }
            clock.advance(Duration.ofSeconds(1));
        }
        assertThat(count(PARTNER, DeliveryState.PARKED)).isEqualTo(1);
        Progress.UndeliveredItem parked =
                me.progress.undeliveredSince(List.of("partner"), List.of(), Instant.EPOCH).stream()
                        .filter(item -> item.state() == DeliveryState.PARKED)
                        .findFirst()
                        .orElseThrow();
        assertThat(parked.error()).contains("nothing listens there").contains("other deliveries");
        assertThat(held).as("one probe interval").isLessThan(Duration.ofSeconds(30));
    }

    @Test
    void deliveriesThatHaveMetAnOutageOnceDoNotCountAttemptsInTheNext() {
        waiting(3);
        for (int outage = 0; outage < 6; outage++) {
            for (int probe = 0; probe < 4; probe++) {
                claim(3).forEach(this::outage);
                clock.advance(Duration.ofMinutes(1));
            }
            Delivery back = claim(1).get(0);
            deliveries.delivered(back, Optional.empty());
            me.record(export("next-" + outage, "one.csv.gz"));
            me.createDeliveries();
            clock.advance(Duration.ofMinutes(1));
        }
        assertThat(count(PARTNER, DeliveryState.PARKED)).isZero();
        assertThat(claim(9)).allMatch(delivery -> delivery.attempt() == 1);
    }

    @Test
    void aFaultOfTheProbeLeavesTheNextToAnotherDelivery() {
        waiting(2);
        outage(claim(1).get(0));
        clock.advance(Duration.ofSeconds(5));
        Delivery probe = claim(1).get(0);
        fail(probe, FailureAction.PARK, "its name is refused");
        assertThat(state().outage()).isPresent();
        clock.advance(Duration.ofSeconds(5));
        assertThat(claim(1)).hasSize(1);
    }

    @Test
    void aProbeThatIsReleasedUntriedIsDueImmediately() {
        waiting(2);
        outage(claim(1).get(0));
        clock.advance(Duration.ofSeconds(5));
        deliveries.release(claim(1).get(0));
        assertThat(claim(1)).hasSize(1);
    }

    @Test
    void anOutageSurvivesARestart() {
        waiting(2);
        outage(claim(1).get(0));
        DeliveryQueue restarted = other("restarted").deliveries;
        restarted.takeOver();
        assertThat(restarted.claim(PARTNER, 9)).isEmpty();
    }

    @Test
    void otherDestinationsDoNotWait() {
        waiting(2);
        me.start(links("other"));
        outage(claim(1).get(0));
        assertThat(deliveries.claim(links("other"), 9)).hasSize(2);
    }

    private void waiting(int exports) {
        IntStream.range(0, exports).forEach(i -> me.record(export("e" + i, "one.csv.gz")));
        me.start(PARTNER);
    }

    private Delivery lastClaimed;

    private List<Delivery> claim(int most) {
        List<Delivery> claimed = deliveries.claim(PARTNER, most);
        lastClaimed = claimed.isEmpty() ? lastClaimed : claimed.get(0);
        return claimed;
    }

    private Delivery inFlight(String deliveryId) {
        assertThat(lastClaimed.deliveryId()).isEqualTo(deliveryId);
        return lastClaimed;
    }

    private DeliveryOutcome outage(Delivery delivery) {
        return deliveries.failed(delivery, unreachable(), RETRIES);
    }

    private static DeliveryException unreachable() {
        return new DeliveryException(FailureAction.OUTAGE, "nothing listens there");
    }

    private DestinationState state() {
        return me.states.of("partner").orElseThrow();
    }
}
