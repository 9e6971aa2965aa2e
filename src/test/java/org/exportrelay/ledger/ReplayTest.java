package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.FailureAction;
import org.junit.jupiter.api.Test;

/** Which deliveries a replay makes due again. */
class ReplayTest extends LedgerTest {

    @Test
    void onlyAReplayOfADeliveredOneIgnoresEarlierReceipts() {
        Replay replay = new Replay(database, clock);
        me.record(export("a", "one.csv.gz"));
        me.start(links("any"));
        Delivery first = deliveries.claim(links("any"), 1).get(0);
        assertThat(first.isFirstClaim()).isTrue();
        fail(first, FailureAction.PARK, "no");
        replay.replay(new Replay.Choice(null, null, null, Set.of(DeliveryState.PARKED)));
        Delivery second = deliveries.claim(links("any"), 1).get(0);
        assertThat(second.isFirstClaim()).isFalse();
        assertThat(second.replays()).isZero();
        deliveries.delivered(second);
        replay.replay(new Replay.Choice(null, null, null, Set.of(DeliveryState.DELIVERED)));
        assertThat(deliveries.claim(links("any"), 1).get(0).replays()).isEqualTo(1);
    }

    @Test
    void usesTheFileThatTheSpoolKeepsForAnotherDestination() {
        me.record(export("a", "one.csv.gz"));
        me.start(files("x"));
        me.start(files("slow"));
        me.fetchNext();
        deliveries.skipped(deliveries.claim(files("x"), 1).get(0), "its route handed it to no endpoint");
        assertThat(count(files("x"), DeliveryState.SKIPPED)).isEqualTo(1);
        assertThat(spooled.releaseDone()).isEmpty();
        new Replay(database, clock).replay(new Replay.Choice(null, "x", null, Set.of(DeliveryState.SKIPPED)));
        assertThat(deliveries.claim(files("x"), 1)).hasSize(1);
    }

    @Test
    void replaysWhatIsChosenAndNothingElse() {
        me.record(export("a", "one.csv.gz"));
        me.record(export("b", "one.csv.gz"));
        me.record(export("c", "one.csv.gz"));
        me.start(links("any"));
        List<Delivery> claimed = deliveries.claim(links("any"), 9);
        fail(claimed.get(0), FailureAction.PARK, "no");
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
}
