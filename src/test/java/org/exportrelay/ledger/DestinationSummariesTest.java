package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.ledger.DestinationSummary.Availability;
import org.junit.jupiter.api.Test;

/** The condition of each destination, as status, logs, checks and metrics report it. */
class DestinationSummariesTest extends LedgerTest {

    private static final Destination PARTNER = links("partner");

    @Test
    void countsWhatWaitsAndWhatFailedOfEachDestination() {
        start(4);
        me.start(links("archive"));
        List<Delivery> claimed = deliveries.claim(PARTNER, 3);
        fail(claimed.get(0), FailureAction.PARK, "refused");
        fail(claimed.get(1), FailureAction.RETRY, "refused");
        assertThat(summaries().all())
                .extracting(
                        DestinationSummary::name,
                        DestinationSummary::waiting,
                        DestinationSummary::parked,
                        DestinationSummary::expired)
                .containsExactly(tuple("archive", 4L, 0L, 0L), tuple("partner", 3L, 1L, 0L));
    }

    @Test
    void aDestinationThatWorksIsUpAndNotRemarkable() {
        start(1);
        assertThat(partner().condition(clock.instant())).isEqualTo("up");
        assertThat(partner().isRemarkable()).isFalse();
        assertThat(availabilities()).containsExactly(new Availability("partner", true, false, true, true));
    }

    @Test
    void oneThatIsDownSaysSinceWhenAndWhyAndWhenItIsTriedNext() {
        start(2);
        deliveries.failed(
                deliveries.claim(PARTNER, 1).get(0),
                new DeliveryException(FailureAction.OUTAGE, "nothing listens there"),
                RETRIES);
        clock.advance(Duration.ofSeconds(2));
        assertThat(partner().condition(clock.instant()))
                .isEqualTo("down for 2s: nothing listens there; next probe in 3s");
        clock.advance(Duration.ofMinutes(192));
        assertThat(partner().condition(clock.instant()))
                .isEqualTo("down for 3h 12m: nothing listens there; next probe now");
        assertThat(deliveries.claim(PARTNER, 1)).hasSize(1);
        assertThat(partner().condition(clock.instant()))
                .isEqualTo("down for 3h 12m: nothing listens there; a delivery is being tried now");
        assertThat(partner().isRemarkable()).isTrue();
        assertThat(availabilities()).containsExactly(new Availability("partner", false, false, true, true));
    }

    @Test
    void oneThatIsPausedSaysByWhomAndWhy() {
        start(2);
        control().pause("partner", "ops", "ticket 7");
        clock.advance(Duration.ofDays(2));
        assertThat(partner().condition(clock.instant())).isEqualTo("paused for 2d by ops: ticket 7");
        assertThat(partner().isRemarkable()).isTrue();
        assertThat(availabilities()).containsExactly(new Availability("partner", true, true, true, true));
    }

    @Test
    void oneWithoutARouteIsVisibleWithItsBacklogAlsoWhileItIsDownOrPaused() {
        start(2);
        withoutRoute();
        me.record(export("new", "one.csv.gz"));
        me.createDeliveries();
        assertThat(partner().condition(clock.instant())).isEqualTo("no route");
        assertThat(partner().waiting()).isEqualTo(3);
        assertThat(partner().isRemarkable()).isTrue();
        assertThat(availabilities()).containsExactly(new Availability("partner", true, false, true, false));
        control().pause("partner", "ops", null);
        assertThat(partner().condition(clock.instant())).isEqualTo("paused for 0s by ops; no route");
    }

    @Test
    void oneWithoutARouteThatIsOwedNothingIsNotRemarkable() {
        me.start(PARTNER);
        withoutRoute();
        assertThat(partner().condition(clock.instant())).isEqualTo("no route");
        assertThat(partner().isRemarkable()).isFalse();
    }

    @Test
    void aRetiredOneIsVisibleAgainOnlyIfAReplayMakesSomethingDueForIt() {
        start(1);
        withoutRoute();
        control().retire("partner", "ops");
        assertThat(partner().condition(clock.instant())).isEqualTo("retired");
        assertThat(partner().isRemarkable()).isFalse();
        assertThat(availabilities()).isEmpty();
        new Replay(database, clock)
                .replay(new Replay.Choice(null, "partner", null, Set.of(DeliveryState.SKIPPED)), "ops");
        assertThat(partner().condition(clock.instant())).isEqualTo("no route");
        assertThat(partner().isRemarkable()).isTrue();
    }

    private List<Availability> availabilities() {
        return summaries().all().stream()
                .filter(destination -> !destination.isRetired())
                .map(DestinationSummary::availability)
                .toList();
    }

    private void start(int exports) {
        IntStream.range(0, exports).forEach(i -> me.record(export("e" + i, "one.csv.gz")));
        me.start(PARTNER);
    }

    private void withoutRoute() {
        destinations.stop("partner");
        clock.advance(Duration.ofMinutes(4));
        new Instances(database, "me", "host", "1", clock).report(destinations.running());
    }

    private DestinationSummaries summaries() {
        return new DestinationSummaries(database, clock);
    }

    private DestinationControl control() {
        return new DestinationControl(database, clock);
    }

    private DestinationSummary partner() {
        return summaries().all().stream()
                .filter(summary -> summary.name().equals("partner"))
                .findFirst()
                .orElseThrow();
    }
}
