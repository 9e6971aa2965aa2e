package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.exportrelay.config.SettingsException;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.NamePattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What an operator can do with a destination, beside relays that run. */
class DestinationControlTest extends LedgerTest {

    private static final Destination PARTNER = links("partner");
    private static final Duration GONE = Duration.ofMinutes(4);

    private DestinationControl control;
    private Instances instances;

    @BeforeEach
    void create() {
        control = new DestinationControl(database, clock);
        instances = new Instances(database, "me", "host", "1", clock);
    }

    @Test
    void aPauseHoldsForAllInstancesAndAfterARestart() {
        waiting(3);
        assertThat(control.pause("partner", "ops", "ticket 7")).isTrue();
        assertThat(claim(9)).isEmpty();
        DeliveryQueue other = other("other").deliveries;
        assertThat(other.claim(PARTNER, 9)).isEmpty();
        other.takeOver();
        destinations.stop("partner");
        other("restarted").start(PARTNER, links("another"));
        assertThat(other("restarted").deliveries.claim(PARTNER, 9)).isEmpty();
        assertThat(deliveries.claim(links("another"), 9)).hasSize(3);
    }

    @Test
    void deliveriesInFlightEndWhileItIsPaused() {
        waiting(3);
        List<Delivery> inFlight = claim(2);
        control.pause("partner", "ops", null);
        assertThat(deliveries.delivered(inFlight.get(0), Optional.empty())).isTrue();
        assertThat(fail(inFlight.get(1), FailureAction.RETRY, "refused").state())
                .isEqualTo(DeliveryState.RETRYING);
        clock.advance(Duration.ofDays(1));
        assertThat(claim(9)).isEmpty();
        assertThat(count(PARTNER, DeliveryState.DELIVERED)).isEqualTo(1);
    }

    @Test
    void resumeReleasesWhatWaited() {
        waiting(3);
        control.pause("partner", "ops", null);
        assertThat(control.resume("partner", "ops")).isTrue();
        assertThat(state().pause()).isEmpty();
        assertThat(claim(9)).hasSize(3);
        assertThat(control.resume("partner", "ops")).isFalse();
    }

    @Test
    void aSecondPauseKeepsSinceWhenAndByWhomAndOnlyChangesTheNote() {
        waiting(1);
        Instant since = clock.instant();
        control.pause("partner", "ops", "ticket 7");
        clock.advance(Duration.ofHours(2));
        assertThat(control.pause("partner", "someone", null)).isFalse();
        assertThat(state().pause()).contains(new DestinationState.Pause(since, "ops", "ticket 7"));
        assertThat(control.pause("partner", "someone", "ticket 8")).isFalse();
        assertThat(state().pause()).contains(new DestinationState.Pause(since, "ops", "ticket 8"));
    }

    @Test
    void aNoteIsKeptInOneLineOfBoundedLength() {
        waiting(1);
        control.pause("partner", "ops", " line\none\u001b[2J\ttwo ");
        assertThat(note()).isEqualTo("line one [2J two");
        control.pause("partner", "ops", "x".repeat(5000));
        assertThat(note()).hasSize(1001);
        control.resume("partner", "ops");
        control.pause("partner", "ops", "  ");
        assertThat(note()).isNull();
    }

    @Test
    void aPausedDestinationIsNotProbed() {
        waiting(2);
        outage(claim(1).get(0));
        control.pause("partner", "ops", null);
        control.retry("partner", "ops");
        clock.advance(Duration.ofDays(1));
        assertThat(claim(9)).isEmpty();
        control.resume("partner", "ops");
        assertThat(claim(9)).as("still down: one probe").hasSize(1);
    }

    @Test
    void retryMakesFailedDeliveriesDueNowAndLeavesOthersAlone() {
        waiting(4);
        List<Delivery> claimed = claim(3);
        fail(claimed.get(0), FailureAction.RETRY, "refused");
        fail(claimed.get(1), FailureAction.RETRY, "refused");
        fail(claimed.get(2), FailureAction.PARK, "refused");
        deliveries.delivered(claim(9).get(0), Optional.empty());
        assertThat(claim(9)).isEmpty();
        assertThat(control.retry("partner", "ops")).isEqualTo(2);
        assertThat(claim(9)).hasSize(2).allMatch(delivery -> delivery.attempt() == 2);
        assertThat(count(PARTNER, DeliveryState.PARKED)).isEqualTo(1);
    }

    @Test
    void retryTriesOneDeliveryOfADestinationThatIsDown() {
        waiting(3);
        outage(claim(1).get(0));
        for (int probe = 0; probe < 20; probe++) {
            clock.advance(Duration.ofMinutes(1));
            outage(claim(1).get(0));
        }
        assertThat(claim(9)).isEmpty();
        control.retry("partner", "ops");
        List<Delivery> tried = claim(9);
        assertThat(tried).hasSize(1);
        assertThat(tried.get(0).attempt()).isEqualTo(1);
        deliveries.delivered(tried.get(0), Optional.empty());
        assertThat(claim(9)).hasSize(2);
    }

    @Test
    void retireEndsWhatIsOpenAsSkippedAndCreatesNoMore() {
        waiting(3);
        fail(claim(1).get(0), FailureAction.RETRY, "refused");
        withoutRoute();
        assertThat(control.retire("partner", "ops")).isEqualTo(3);
        assertThat(count(PARTNER, DeliveryState.SKIPPED)).isEqualTo(3);
        assertThat(errors())
                .containsExactlyInAnyOrder(
                        "the destination was retired by ops",
                        "the destination was retired by ops",
                        "the destination was retired by ops; last error: refused");
        me.record(export("later", "one.csv.gz"));
        me.createDeliveries();
        assertThat(rows("delivery")).isEqualTo(3);
    }

    @Test
    void retireAlsoEndsDeliveriesThatADeadProcessHadInFlight() {
        waiting(2);
        Delivery inFlight = claim(1).get(0);
        withoutRoute();
        assertThat(control.retire("partner", "ops")).isEqualTo(2);
        assertThat(deliveries.delivered(inFlight, Optional.empty())).isFalse();
        clock.advance(LEASE);
        deliveries.releaseEndedLeases();
        assertThat(count(PARTNER, DeliveryState.SKIPPED)).isEqualTo(2);
    }

    @Test
    void retireRefusesWhileARouteRunsHereOrInAnotherInstance() {
        waiting(1);
        Instances second = new Instances(database, "second", "host", "1", clock);
        instances.report(List.of());
        second.report(List.of(PARTNER));
        assertThatThrownBy(() -> control.retire("partner", "ops"))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("a relay runs its route")
                .hasMessageContaining("'retire partner'");
        assertThat(count(PARTNER, DeliveryState.PENDING)).isEqualTo(1);
        clock.advance(GONE);
        second.report(List.of());
        assertThat(control.retire("partner", "ops")).isEqualTo(1);
    }

    @Test
    void retireRefusesWhileARelayStartsThatHasNotReportedYet() {
        waiting(1);
        withoutRoute();
        clock.advance(Duration.ofDays(2));
        me.start(PARTNER);
        assertThatThrownBy(() -> control.retire("partner", "ops"))
                .isInstanceOf(SettingsException.class)
                .hasMessageContaining("a relay runs its route");
        assertThat(count(PARTNER, DeliveryState.PENDING)).isEqualTo(1);
    }

    @Test
    void operatorsAndDeliveriesNeverWaitForEachOtherInACircle() throws Exception {
        waiting(60);
        ExecutorService threads = Executors.newFixedThreadPool(3);
        try {
            Future<?> operator =
                    threads.submit(() -> IntStream.range(0, 60).forEach(i -> control.retry("partner", "ops")));
            Future<?> registration =
                    threads.submit(() -> IntStream.range(0, 60).forEach(i -> new DestinationRecorder(database, clock)
                            .register(i % 2 == 0 ? files("partner") : PARTNER)));
            for (int i = 0; i < 60; i++) {
                List<Delivery> claimed = claim(8);
                claimed.parallelStream().forEach(this::outage);
                clock.advance(Duration.ofMinutes(1));
            }
            operator.get(60, TimeUnit.SECONDS);
            registration.get(60, TimeUnit.SECONDS);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void aRouteThatStartsAfterRetireBeginsAsANewDestinationWithoutWhatWasSkipped() {
        waiting(2);
        withoutRoute();
        control.retire("partner", "ops");
        me.record(export("between", "one.csv.gz"));
        me.record(expiring("expired-between", clock.instant().plusSeconds(60)));
        me.createDeliveries();
        clock.advance(Duration.ofHours(1));
        me.start(PARTNER);
        me.record(export("after", "one.csv.gz"));
        me.createDeliveries();
        assertThat(claim(9)).extracting(delivery -> delivery.file().exportId()).containsExactly("between", "after");
        assertThat(count(PARTNER, DeliveryState.SKIPPED)).isEqualTo(2);
        assertThat(rows("delivery")).isEqualTo(4);
        assertThat(state().retiredAt()).isNull();
    }

    @Test
    void aRouteWithoutBackfillThatStartsAfterRetireReceivesOnlyExportsFromThenOn() {
        Destination partner = new Destination("partner", new NamePattern("*"), false, false, RETRIES);
        me.start(partner);
        me.record(export("before", "one.csv.gz"));
        me.createDeliveries();
        destinations.stop("partner");
        withoutRoute();
        assertThat(control.retire("partner", "ops")).isEqualTo(1);
        me.record(export("between", "one.csv.gz"));
        me.start(partner);
        me.record(export("after", "one.csv.gz"));
        me.createDeliveries();
        assertThat(deliveries.claim(partner, 9))
                .extracting(delivery -> delivery.file().exportId())
                .containsExactly("after");
    }

    @Test
    void replayBringsBackWhatRetireSkipped() {
        waiting(2);
        withoutRoute();
        control.retire("partner", "ops");
        Replay replay = new Replay(database, clock);
        Replay.Choice skipped = new Replay.Choice(null, "partner", null, Set.of(DeliveryState.SKIPPED));
        assertThat(replay.replay(skipped, "ops")).isEqualTo(2);
        me.start(PARTNER);
        assertThat(claim(9)).hasSize(2);
    }

    @Test
    void aRetiredDestinationWhoseRouteStartsAgainIsNeitherDownNorPaused() {
        waiting(2);
        outage(claim(1).get(0));
        control.pause("partner", "ops", "moves to another host");
        withoutRoute();
        control.retire("partner", "ops");
        clock.advance(Duration.ofDays(90));
        me.start(PARTNER);
        assertThat(state().isWorking()).isTrue();
    }

    @Test
    void aRouteThatIsNotStartedKeepsItsDestinationRetired() {
        waiting(1);
        withoutRoute();
        control.retire("partner", "ops");
        destinations.registerUnstarted(PARTNER);
        me.record(export("later", "one.csv.gz"));
        me.createDeliveries();
        assertThat(rows("delivery")).isEqualTo(1);
    }

    @Test
    void anUnknownNameIsRefusedWithTheNearestOne() {
        waiting(1);
        me.start(links("archive"));
        List.<Runnable>of(
                        () -> control.pause("partnr", "ops", null),
                        () -> control.resume("partnr", "ops"),
                        () -> control.retry("partnr", "ops"),
                        () -> control.retire("partnr", "ops"),
                        () -> control.require("partnr"))
                .forEach(act -> assertThatThrownBy(act::run)
                        .isInstanceOf(UnknownDestinationException.class)
                        .hasMessage("the ledger has no destination 'partnr'; did you mean partner?; it has archive,"
                                + " partner"));
    }

    @Test
    void aLedgerWithoutDestinationsSaysWhenOneIsRecorded() {
        assertThatThrownBy(() -> control.pause("partner", "ops", null))
                .hasMessageContaining("it has none yet: a destination is recorded when its route first starts");
    }

    private void waiting(int exports) {
        IntStream.range(0, exports).forEach(i -> me.record(export("e" + i, "one.csv.gz")));
        me.start(PARTNER);
    }

    /** The route is removed, and a relay has run without it for some time. */
    private void withoutRoute() {
        destinations.stop("partner");
        clock.advance(GONE);
        instances.report(destinations.running());
    }

    private List<Delivery> claim(int most) {
        return deliveries.claim(PARTNER, most);
    }

    private void outage(Delivery delivery) {
        deliveries.failed(delivery, new DeliveryException(FailureAction.OUTAGE, "nothing listens there"), RETRIES);
    }

    private DestinationState state() {
        return control.require("partner");
    }

    private String note() {
        return state().pause().orElseThrow().note();
    }

    private List<String> errors() {
        return database.jdbi().withHandle(handle -> handle.createQuery("SELECT last_error FROM delivery")
                .mapTo(String.class)
                .list());
    }
}
