package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.DeliveryOutcome;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.FailureAction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which deliveries that break the connection are recognized as being at fault themselves. */
class SuspectDeliveriesTest extends LedgerTest {

    private static final Destination PARTNER = links("partner");

    @Test
    void anInstanceThatDeliversNothingElseRecognizesADeliveryThatBreaksTheConnection() {
        waiting(1);
        DeliveryQueue other = other("other").deliveries;
        for (int round = 0; round < 60 && count(PARTNER, DeliveryState.PARKED) == 0; round++) {
            // This instance has only the poison; the other one has all others.
            deliveries.claim(PARTNER, 1).forEach(this::outage);
            me.record(export("more-" + round, "one.csv.gz"));
            me.createDeliveries();
            clock.advance(Duration.ofSeconds(10));
            other.claim(PARTNER, 1).forEach(delivery -> {
                if (delivery.file().exportId().equals("e0")) {
                    other.failed(delivery, unreachable(), RETRIES);
                } else {
                    other.delivered(delivery, Optional.empty());
                }
            });
            clock.advance(Duration.ofMinutes(1));
        }
        assertThat(count(PARTNER, DeliveryState.PARKED)).isEqualTo(1);
    }

    /** Each outage is met by several, so that none of them is ever the only one. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 5})
    void deliveriesThatBreakTheConnectionTogetherAreRecognizedThoughFewOthersComeBetween(int poisons) {
        waiting(poisons);
        Set<String> good = new HashSet<>();
        for (int round = 0; round < 400 && count(PARTNER, DeliveryState.PARKED) < poisons; round++) {
            if (round % 10 == 0) {
                good.add("good-" + round);
                me.record(export("good-" + round, "one.csv.gz"));
                me.createDeliveries();
            }
            deliveries.claim(PARTNER, 9).forEach(delivery -> {
                if (good.contains(delivery.file().exportId())) {
                    deliveries.delivered(delivery, Optional.empty());
                } else {
                    outage(delivery);
                }
            });
            clock.advance(Duration.ofMinutes(1));
        }
        assertThat(count(PARTNER, DeliveryState.PARKED)).isEqualTo(poisons);
        assertThat(count(PARTNER, DeliveryState.DELIVERED)).isEqualTo(good.size());
    }

    @Test
    void severalOutagesInWhichAllFailCountNoAttempt() {
        waiting(4);
        for (int outage = 0; outage < 4; outage++) {
            deliveries
                    .claim(PARTNER, 9)
                    .forEach(delivery -> assertThat(outage(delivery).counted()).isFalse());
            for (int probe = 0; probe < 3; probe++) {
                clock.advance(Duration.ofMinutes(5));
                deliveries.claim(PARTNER, 1).forEach(delivery -> assertThat(
                                outage(delivery).counted())
                        .isFalse());
            }
            clock.advance(Duration.ofMinutes(5));
            me.record(export("more-" + outage, "one.csv.gz"));
            me.createDeliveries();
            for (int i = 0; me.states.of("partner").orElseThrow().outage().isPresent(); i++) {
                assertThat(i).isLessThan(20);
                deliveries.claim(PARTNER, 1).forEach(delivery -> {
                    if (delivery.file().exportId().startsWith("more-")) {
                        deliveries.delivered(delivery, Optional.empty());
                    } else {
                        outage(delivery);
                    }
                });
                clock.advance(Duration.ofMinutes(5));
            }
        }
        assertThat(count(PARTNER, DeliveryState.PARKED)).isZero();
    }

    @Test
    void aRestartForgetsNoAnswer() {
        waiting(3);
        Delivery poison = metAnOutageAlone();
        DeliveryQueue restarted = other("restarted").deliveries;
        Delivery again = restarted.claim(PARTNER, 9).stream()
                .filter(delivery -> delivery.deliveryId().equals(poison.deliveryId()))
                .findFirst()
                .orElseThrow();
        DeliveryOutcome outcome = restarted.failed(again, unreachable(), RETRIES);
        assertThat(outcome.counted()).isTrue();
        assertThat(me.states.of("partner").orElseThrow().outage()).isEmpty();
    }

    @Test
    void aDestinationThatRefusesOthersHasAnswered() {
        waiting(3);
        Delivery poison = claim();
        outage(poison);
        clock.advance(Duration.ofSeconds(5));
        deliveries.failed(claim(), new DeliveryException(FailureAction.PARK, "hooks answered 413").asAnswer(), RETRIES);
        clock.advance(Duration.ofSeconds(5));
        assertThat(failedAgain(poison).counted()).isTrue();
    }

    @Test
    void aDeliveryWhoseOutageOthersMeetTooIsNoLongerSuspect() {
        waiting(4);
        Delivery suspect = metAnOutageAlone();
        assertThat(failedAgain(suspect).counted()).as("recognized").isTrue();
        clock.advance(Duration.ofMinutes(1));
        List<Delivery> all = deliveries.claim(PARTNER, 9);
        // Another delivery takes it down; the suspect, in flight, meets the same outage.
        all.stream()
                .filter(delivery -> !delivery.deliveryId().equals(suspect.deliveryId()))
                .forEach(this::outage);
        all.stream()
                .filter(delivery -> delivery.deliveryId().equals(suspect.deliveryId()))
                .forEach(this::outage);
        for (int i = 0; me.states.of("partner").orElseThrow().outage().isPresent(); i++) {
            assertThat(i).isLessThan(10);
            clock.advance(Duration.ofMinutes(1));
            Delivery probe = claim();
            if (probe.deliveryId().equals(suspect.deliveryId())) {
                outage(probe);
            } else {
                deliveries.delivered(probe, Optional.empty());
            }
        }
        clock.advance(Duration.ofMinutes(1));
        assertThat(failedAgain(suspect).counted())
                .as("it met the last one with others")
                .isFalse();
    }

    private void waiting(int exports) {
        IntStream.range(0, exports).forEach(i -> me.record(export("e" + i, "one.csv.gz")));
        me.start(PARTNER);
    }

    private Delivery claim() {
        return deliveries.claim(PARTNER, 1).get(0);
    }

    /** It takes the destination down, and another delivery brings it up. */
    private Delivery metAnOutageAlone() {
        Delivery suspect = claim();
        outage(suspect);
        clock.advance(Duration.ofSeconds(5));
        deliveries.delivered(claim(), Optional.empty());
        clock.advance(Duration.ofSeconds(5));
        return suspect;
    }

    private DeliveryOutcome failedAgain(Delivery suspect) {
        List<Delivery> claimed = deliveries.claim(PARTNER, 9);
        claimed.stream()
                .filter(delivery -> !delivery.deliveryId().equals(suspect.deliveryId()))
                .forEach(deliveries::release);
        return claimed.stream()
                .filter(delivery -> delivery.deliveryId().equals(suspect.deliveryId()))
                .map(this::outage)
                .findFirst()
                .orElseThrow();
    }

    private DeliveryOutcome outage(Delivery delivery) {
        return deliveries.failed(delivery, unreachable(), RETRIES);
    }

    private static DeliveryException unreachable() {
        return new DeliveryException(FailureAction.OUTAGE, "nothing listens there");
    }
}
