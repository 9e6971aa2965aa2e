package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.NamePattern;
import org.junit.jupiter.api.Test;

/** Which deliveries a replay makes due again. */
class ReplayTest extends LedgerTest {

    private static final int MANY = 20_000;

    @Test
    void onlyAReplayOfADeliveredOneIgnoresEarlierReceipts() {
        Replay replay = new Replay(database, clock);
        me.record(export("a", "one.csv.gz"));
        me.start(links("any"));
        Delivery first = deliveries.claim(links("any"), 1).get(0);
        assertThat(first.isFirstClaim()).isTrue();
        fail(first, FailureAction.PARK, "no");
        replay.replay(new Replay.Choice(null, null, null, Set.of(DeliveryState.PARKED)), "ops");
        Delivery second = deliveries.claim(links("any"), 1).get(0);
        assertThat(second.isFirstClaim()).isFalse();
        assertThat(second.replays()).isZero();
        deliveries.delivered(second, Optional.empty());
        replay.replay(new Replay.Choice(null, null, null, Set.of(DeliveryState.DELIVERED)), "ops");
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
        new Replay(database, clock).replay(new Replay.Choice(null, "x", null, Set.of(DeliveryState.SKIPPED)), "ops");
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
        deliveries.delivered(claimed.get(1), Optional.empty());
        Replay replay = new Replay(database, clock);
        Set<DeliveryState> usual = Set.of(DeliveryState.PARKED, DeliveryState.EXPIRED);
        assertThat(chosen(new Replay.Choice(null, null, null, usual))).hasSize(1);
        assertThat(chosen(new Replay.Choice("b", null, null, usual))).isEmpty();
        assertThat(chosen(new Replay.Choice(null, "other", null, usual))).isEmpty();
        assertThat(chosen(new Replay.Choice(null, null, clock.instant().plusSeconds(1), usual)))
                .isEmpty();
        assertThat(chosen(new Replay.Choice("b", "any", null, Set.of(DeliveryState.DELIVERED))))
                .hasSize(1);
        assertThat(replay.replay(new Replay.Choice(null, "any", clock.instant(), usual), "ops"))
                .isEqualTo(1);
        Delivery again = deliveries.claim(links("any"), 9).get(0);
        assertThat(again.deliveryId()).isEqualTo(claimed.get(0).deliveryId());
        assertThat(again.attempt()).isEqualTo(1);
    }

    @Test
    void leavesAloneWhatCouldOnlyExpire() {
        me.record(expiring("a", clock.instant().plus(Duration.ofHours(1))));
        me.start(files("x"), links("y"));
        me.fetchNext();
        deliveries.delivered(deliveries.claim(files("x"), 1).get(0), Optional.of("file:/archive/a"));
        deliveries.delivered(deliveries.claim(links("y"), 1).get(0), Optional.empty());
        spooled.releaseDone();
        clock.advance(Duration.ofHours(2));
        Replay replay = new Replay(database, clock);
        Replay.Choice delivered = new Replay.Choice(null, null, null, Set.of(DeliveryState.DELIVERED));
        assertThat(replay.expired(delivered)).isEqualTo(2);
        assertThat(chosen(delivered)).isEmpty();
        assertThat(replay.replay(delivered, "ops")).isZero();
        expiry.expire(clock.instant(), Duration.ofMinutes(15));
        assertThat(count(files("x"), DeliveryState.DELIVERED)).isEqualTo(1);
        assertThat(count(links("y"), DeliveryState.DELIVERED)).isEqualTo(1);
    }

    @Test
    void aLinkCannotBeMadeFromTheSpool() {
        me.record(expiring("a", clock.instant().plus(Duration.ofHours(1))));
        me.start(files("x"), links("y"));
        me.fetchNext();
        fail(deliveries.claim(files("x"), 1).get(0), FailureAction.PARK, "no");
        fail(deliveries.claim(links("y"), 1).get(0), FailureAction.PARK, "no");
        clock.advance(Duration.ofHours(2));
        Replay.Choice parked = new Replay.Choice(null, null, null, Set.of(DeliveryState.PARKED));
        assertThat(chosen(parked)).extracting(Replay.Chosen::destination).containsExactly("x");
        assertThat(new Replay(database, clock).expired(parked)).isEqualTo(1);
        assertThat(new Replay(database, clock).replay(parked, "ops")).isEqualTo(1);
        assertThat(deliveries.claim(files("x"), 1)).hasSize(1);
    }

    @Test
    void aDestinationThatWantedLinksWhenItEndedIsReplayedWithItsFile() {
        me.record(export("a", "one.csv.gz"));
        me.start(links("x"));
        deliveries.delivered(deliveries.claim(links("x"), 1).get(0), Optional.empty());
        destinations.stop("x");
        me.start(files("x"));
        Replay.Choice delivered = new Replay.Choice(null, "x", null, Set.of(DeliveryState.DELIVERED));
        assertThat(new Replay(database, clock).replay(delivered, "ops")).isEqualTo(1);
        me.fetchNext();
        assertThat(deliveries.claim(files("x"), 1)).hasSize(1);
    }

    @Test
    void triesNowWhatWaitsForItsNextAttemptWithoutForgettingItsAttempts() {
        for (String id : List.of("a", "b", "c")) {
            me.record(export(id, "one.csv.gz"));
        }
        me.start(links("x"), links("y"));
        deliveries.claim(links("x"), 9).forEach(delivery -> fail(delivery, FailureAction.RETRY, "refused"));
        fail(deliveries.claim(links("y"), 1).get(0), FailureAction.RETRY, "refused");
        Replay replay = new Replay(database, clock);
        Replay.Choice ofX =
                new Replay.Choice("a", "x", clock.instant().plusSeconds(60), Set.of(DeliveryState.RETRYING));
        assertThat(chosen(ofX)).hasSize(1);
        assertThat(replay.replay(ofX, "ops")).isEqualTo(1);
        List<Delivery> again = deliveries.claim(links("x"), 9);
        assertThat(again).singleElement().satisfies(delivery -> {
            assertThat(delivery.attempt()).isEqualTo(2);
            assertThat(delivery.file().exportId()).isEqualTo("a");
        });
        assertThat(replay.replay(new Replay.Choice(null, null, null, Set.of(DeliveryState.RETRYING)), "ops"))
                .isEqualTo(3);
        assertThat(deliveries.claim(links("x"), 9)).hasSize(2);
    }

    @Test
    void ofADestinationThatIsDownOneDeliveryIsTriedNow() {
        me.record(export("a", "one.csv.gz"));
        me.record(export("b", "one.csv.gz"));
        me.start(links("x"));
        deliveries.claim(links("x"), 9).forEach(delivery -> fail(delivery, FailureAction.OUTAGE, "nothing listens"));
        assertThat(deliveries.claim(links("x"), 9)).isEmpty();
        new Replay(database, clock).replay(new Replay.Choice(null, null, null, Set.of(DeliveryState.RETRYING)), "ops");
        assertThat(deliveries.claim(links("x"), 9)).hasSize(1);
    }

    @Test
    void choosesByTheNameOfTheExportAndByWhenItEnded() {
        me.record(named("a", "properties_100%"));
        me.record(named("b", "Properties_1"));
        me.record(named("c", "people[1]"));
        me.record(named("d", null));
        me.start(links("x"));
        deliveries.claim(links("x"), 9).forEach(delivery -> fail(delivery, FailureAction.PARK, "no"));
        assertThat(named("properties_*")).isEqualTo(1);
        assertThat(named("properties_100%")).isEqualTo(1);
        assertThat(named("properties?100%")).isEqualTo(1);
        assertThat(named("p%")).isZero();
        assertThat(named("people[1]")).isEqualTo(1);
        assertThat(named("people[0-9]*")).isZero();
        assertThat(named("*")).isEqualTo(4);
        Set<DeliveryState> parked = Set.of(DeliveryState.PARKED);
        Replay replay = new Replay(database, clock);
        assertThat(replay.preview(new Replay.Choice(
                        null, null, null, parked, clock.instant().minusSeconds(1), null)))
                .isEmpty();
        assertThat(replay.preview(new Replay.Choice(null, null, null, parked, clock.instant(), null)))
                .containsExactly(new Replay.Group("x", DeliveryState.PARKED, 4));
    }

    private long named(String glob) {
        return new Replay(database, clock)
                        .preview(new Replay.Choice(
                                null, null, null, Set.of(DeliveryState.PARKED), null, new NamePattern(glob)))
                        .stream()
                        .mapToLong(Replay.Group::deliveries)
                        .sum();
    }

    @Test
    void refusesStatesOfDeliveriesThatAreDueOrInFlight() {
        for (DeliveryState state : List.of(DeliveryState.PENDING, DeliveryState.IN_PROGRESS)) {
            assertThatThrownBy(() -> new Replay.Choice(null, null, null, Set.of(state)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void readsTensOfThousandsOneAfterTheOtherAndReplaysThemInShortTransactions() {
        assumeTrue(on != TestDatabase.PGBOUNCER, "the same statements as on PostgreSQL, and slow");
        me.start(links("x"));
        LedgerHistory.fill(database, MANY);
        database.jdbi().useHandle(handle -> handle.createUpdate("UPDATE delivery SET expires_at = :later")
                .bind("later", clock.instant().plus(Duration.ofDays(1)))
                .execute());
        Replay replay = new Replay(database, clock);
        Replay.Choice all = new Replay.Choice(null, null, null, Set.of(DeliveryState.DELIVERED, DeliveryState.PARKED));
        List<Replay.Chosen> seen = new ArrayList<>();
        assertThatThrownBy(() -> replay.forEach(all, row -> {
                    seen.add(row);
                    if (seen.size() == 10) {
                        throw new IllegalStateException("enough");
                    }
                }))
                .hasMessage("enough");
        assertThat(seen).hasSize(10);
        assertThat(replay.replay(all, "ops")).isEqualTo(MANY);
        assertThat(count(links("x"), DeliveryState.PENDING)).isEqualTo(MANY);
    }

    private List<Replay.Chosen> chosen(Replay.Choice choice) {
        List<Replay.Chosen> chosen = new ArrayList<>();
        new Replay(database, clock).forEach(choice, chosen::add);
        return chosen;
    }
}
