package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.FailureAction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a probe leaves behind that ended without an acceptance and without an outage. */
class ProbesTest extends LedgerTest {

    private static final Destination PARTNER = links("partner");

    @Test
    void deliveriesThatTheRouteSkipsDoNotPutOffTheNextProbe() {
        goDown(9);
        for (int i = 0; i < 8; i++) {
            deliveries.skipped(probe(), "its route handed it to no endpoint");
        }
        deliveries.delivered(probe(), Optional.empty());
        assertThat(state().outage()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"RETRY", "PARK", "EXPIRE"})
    void deliveriesThatAreAtFaultDoNotPutOffTheNextProbe(FailureAction fault) {
        goDown(9);
        for (int i = 0; i < 8; i++) {
            fail(probe(), fault, "the file is not CSV");
            assertThat(state().outage()).as("the server was not reached").isPresent();
        }
        deliveries.delivered(probe(), Optional.empty());
        assertThat(state().outage()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"RETRY", "PARK"})
    void aDestinationThatRefusesOneDeliveryIsUp(FailureAction fault) {
        goDown(5);
        deliveries.failed(probe(), new DeliveryException(fault, "hooks answered 413").asAnswer(), RETRIES);
        assertThat(state().outage()).isEmpty();
        assertThat(deliveries.claim(PARTNER, 9)).hasSize(4);
    }

    @Test
    void aProbeThatIsPostponedPutsOffTheNextForSeconds() {
        goDown(2);
        fail(probe(), FailureAction.POSTPONE, "the API is away");
        assertThat(deliveries.claim(PARTNER, 1)).isEmpty();
        clock.advance(Duration.ofSeconds(5));
        assertThat(deliveries.claim(PARTNER, 1)).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"RETRY", "POSTPONE"})
    void aProbeThatEndsWithoutAnAnswerPassesTheTurnToTheOthers(FailureAction action) {
        goDown(4);
        List<String> tried = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Delivery probe = probe();
            tried.add(probe.deliveryId());
            fail(probe, action, "an exception that no classifier knows");
            clock.advance(Duration.ofMinutes(1));
        }
        assertThat(tried).doesNotHaveDuplicates();
    }

    @Test
    void aProbeThatKillsItsProcessPassesTheTurnToTheOthers() {
        goDown(3);
        List<String> tried = new ArrayList<>();
        for (int kill = 0; kill < 3; kill++) {
            tried.add(probe().deliveryId());
            deliveries = other("restarted-" + kill).deliveries;
            deliveries.takeOver();
            clock.advance(LEASE);
        }
        assertThat(tried).doesNotHaveDuplicates();
    }

    @Test
    void aProbeWhoseLeaseEndedPassesTheTurnToTheOthers() {
        goDown(3);
        List<String> tried = new ArrayList<>();
        for (int lost = 0; lost < 3; lost++) {
            Delivery probe = probe();
            tried.add(probe.deliveryId());
            deliveries.abandon(probe);
            clock.advance(LEASE);
            assertThat(deliveries.releaseEndedLeases()).isEqualTo(1);
        }
        assertThat(tried).doesNotHaveDuplicates();
    }

    @Test
    void probesOfManyDestinationsThatEndTogetherAreEachReleased() {
        List<Destination> partners = IntStream.range(0, 4)
                .mapToObj(i -> links("partner-" + (char) ('d' - i)))
                .toList();
        record(2);
        partners.forEach(me::start);
        partners.forEach(partner -> outage(deliveries.claim(partner, 1).get(0)));
        clock.advance(Duration.ofSeconds(5));
        List<Delivery> probes = partners.stream()
                .map(partner -> deliveries.claim(partner, 1).get(0))
                .toList();
        probes.parallelStream().forEach(probe -> deliveries.skipped(probe, "its route handed it to no endpoint"));
        partners.forEach(partner -> assertThat(deliveries.claim(partner, 1)).hasSize(1));
        assertThat(count(partners.get(0), DeliveryState.SKIPPED)).isEqualTo(1);
    }

    private void goDown(int waiting) {
        record(waiting);
        me.start(PARTNER);
        outage(deliveries.claim(PARTNER, 1).get(0));
        clock.advance(Duration.ofSeconds(5));
    }

    private void record(int exports) {
        IntStream.range(0, exports).forEach(i -> me.record(export("e" + i, "one.csv.gz")));
    }

    private void outage(Delivery delivery) {
        fail(delivery, FailureAction.OUTAGE, "nothing listens there");
    }

    private Delivery probe() {
        List<Delivery> claimed = deliveries.claim(PARTNER, 9);
        assertThat(claimed).as("the next probe").hasSize(1);
        return claimed.get(0);
    }

    private DestinationState state() {
        return me.states.of(PARTNER.name()).orElseThrow();
    }
}
