package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.exportrelay.testing.SettableClock;
import org.junit.jupiter.api.Test;

/** Which destinations have a route in one of the processes that use the ledger. */
class InstancesTest extends LedgerTest {

    @Test
    void aDestinationHasARouteAsLongAsOneInstanceRunsIt() {
        me.start(links("partner"));
        Instances first = instance("first");
        Instances second = instance("second");
        for (int minute = 0; minute < 10; minute++) {
            first.report(List.of());
            clock.advance(Duration.ofSeconds(30));
            second.report(List.of(links("partner")));
            clock.advance(Duration.ofSeconds(30));
            assertThat(lacksRoute("partner")).isFalse();
        }
        for (int minute = 0; minute < 4; minute++) {
            first.report(List.of());
            clock.advance(Instances.PERIOD);
        }
        assertThat(lacksRoute("partner")).isTrue();
    }

    @Test
    void theOnlyProcessOfALedgerKnowsWithItsNextReport() {
        me.start(links("partner"));
        Instances only = instance("only");
        only.report(List.of(links("partner")));
        clock.advance(Instances.PERIOD);
        only.report(List.of());
        assertThat(lacksRoute("partner")).isEqualTo(database.isExclusive());
    }

    @Test
    void aStoppedRelayDoesNotMakeItsDestinationsSeemToBeWithoutRoute() {
        me.start(links("partner"));
        instance("only").report(List.of(links("partner")));
        clock.advance(Duration.ofDays(30));
        assertThat(lacksRoute("partner")).isFalse();
    }

    @Test
    void aRouteThatStartsBetweenTwoReportsIsThereImmediately() {
        instance("only").report(List.of());
        clock.advance(Duration.ofSeconds(10));
        me.start(links("partner"));
        assertThat(lacksRoute("partner")).isFalse();
    }

    @Test
    void aDestinationWhoseRouteHasNeverStartedHasNone() {
        destinations.registerUnstarted(links("partner"));
        assertThat(lacksRoute("partner")).as("no relay was seen").isFalse();
        instance("only").report(List.of());
        assertThat(lacksRoute("partner")).isTrue();
    }

    @Test
    void forgetsInstancesThatHaveNotBeenSeenForADay() {
        instance("old").report(List.of());
        clock.advance(Duration.ofHours(25));
        instance("new").report(List.of());
        assertThat(rows("instance")).isEqualTo(1);
    }

    @Test
    void aClockThatWasSetBackHidesNoRoute() {
        SettableClock ahead = new SettableClock(clock.instant().plus(Duration.ofHours(2)));
        new Instances(database, "ahead", "host", "1", ahead).report(List.of());
        me.start(links("partner"));
        instance("corrected").report(List.of(links("partner")));
        assertThat(lacksRoute("partner")).isFalse();
    }

    private Instances instance(String id) {
        return new Instances(database, id, "host", "1", clock);
    }

    private boolean lacksRoute(String name) {
        return new DestinationSummaries(database, clock)
                .all().stream()
                        .filter(summary -> summary.name().equals(name))
                        .findFirst()
                        .orElseThrow()
                        .lacksRoute();
    }
}
