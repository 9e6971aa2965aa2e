package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.ledger.FileLocations.Holder;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which delivery has which place at a destination. */
class FileLocationsTest extends LedgerTest {

    private static final String PLACE = "file:/archive/daily.csv.gz";

    private FileLocations locations;
    private Delivery first;
    private Delivery second;

    @BeforeEach
    void claimTwoDeliveries() {
        locations = new FileLocations(database);
        me.record(export("a", "one.csv.gz"));
        me.record(export("b", "one.csv.gz"));
        me.start(links("any"));
        List<Delivery> claimed = deliveries.claim(links("any"), 2);
        first = claimed.get(0);
        second = claimed.get(1);
    }

    @Test
    void belongToTheDeliveryThatClaimedThemFirst() {
        assertThat(claim(first)).isEmpty();
        assertThat(claim(second))
                .contains(new Holder(first.deliveryId(), "any", "a", "one.a.csv.gz", DeliveryState.IN_PROGRESS));
        assertThat(claim(first)).as("its own, after a crash").isEmpty();
        assertThat(locations.claim(PLACE + ".other", second.deliveryId(), false))
                .isEmpty();
    }

    @Test
    void changeHandsWithOverwriteOnly() {
        claim(first);
        assertThat(locations.claim(PLACE, second.deliveryId(), true)).isEmpty();
        assertThat(claim(first).map(Holder::exportId)).contains("b");
    }

    @Test
    void areTakenOverFromADeliveryThatHasEndedUntilItIsReplayed() {
        claim(first);
        Holder holder = claim(second).orElseThrow();
        assertThat(locations.takeOver(PLACE, holder, second.deliveryId()))
                .as("in flight")
                .isFalse();
        fail(first, FailureAction.PARK, "no");
        new Replay(database, clock).replay(new Replay.Choice(null, null, null, Set.of(DeliveryState.PARKED)), "ops");
        assertThat(locations.takeOver(PLACE, holder, second.deliveryId()))
                .as("replayed")
                .isFalse();
        fail(deliveries.claim(links("any"), 1).get(0), FailureAction.PARK, "no");
        assertThat(locations.takeOver(PLACE, holder, second.deliveryId())).isTrue();
        assertThat(locations.takeOver(PLACE, holder, second.deliveryId()))
                .as("once")
                .isFalse();
        assertThat(claim(first).map(Holder::exportId)).contains("b");
    }

    @Test
    void areFreeIfTheLedgerHasNoSuchDelivery() {
        locations.claim(PLACE, "of-a-ledger-that-was-restored", false);
        assertThat(claim(first)).isEmpty();
        assertThat(claim(second)).isPresent();
    }

    @Test
    void belongToOneOfManyThatClaimThemAtTheSameTime() throws Exception {
        for (int i = 0; i < 14; i++) {
            me.record(export("more-" + i, "one.csv.gz"));
        }
        me.createDeliveries();
        List<Callable<Boolean>> claims = deliveries.claim(links("any"), 14).stream()
                .map(delivery -> (Callable<Boolean>) () -> claim(delivery).isEmpty())
                .toList();
        ExecutorService threads = Executors.newFixedThreadPool(claims.size());
        try {
            List<Future<Boolean>> results = threads.invokeAll(claims);
            long winners = 0;
            for (Future<Boolean> result : results) {
                winners += result.get() ? 1 : 0;
            }
            assertThat(results).hasSize(14);
            assertThat(winners).isEqualTo(1);
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    void areRecordedWithTheDeliveryAndKeptWhereALaterOneHasNone() {
        assertThat(deliveries.delivered(first, Optional.of(PLACE))).isTrue();
        assertThat(deliveries.delivered(second, Optional.empty())).isTrue();
        assertThat(recorded()).containsExactly(PLACE);
        new Replay(database, clock).replay(new Replay.Choice("a", null, null, Set.of(DeliveryState.DELIVERED)), "ops");
        deliveries.delivered(deliveries.claim(links("any"), 1).get(0), Optional.empty());
        assertThat(recorded()).containsExactly(PLACE);
    }

    private List<String> recorded() {
        return database.jdbi()
                .withHandle(handle -> handle.createQuery("SELECT location FROM delivery WHERE location IS NOT NULL")
                        .mapTo(String.class)
                        .list());
    }

    private Optional<Holder> claim(Delivery delivery) {
        return locations.claim(PLACE, delivery.deliveryId(), false);
    }
}
