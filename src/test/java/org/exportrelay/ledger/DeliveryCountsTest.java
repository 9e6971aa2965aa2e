package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.FailureAction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The counters of final states agree with the deliveries, whatever ends them or makes them due again. */
class DeliveryCountsTest extends LedgerTest {

    @Test
    void agreeWithTheDeliveriesAfterEveryChangeOfTheirStates() {
        for (int i = 0; i < 6; i++) {
            me.record(expiring("e" + i, clock.instant().plus(Duration.ofHours(1))));
        }
        me.start(links("x"), links("y"), files("z"));
        List<Delivery> claimed = deliveries.claim(links("x"), 4);
        deliveries.delivered(claimed.get(0), Optional.empty());
        deliveries.delivered(claimed.get(1), Optional.empty());
        deliveries.skipped(claimed.get(2), "no endpoint");
        fail(claimed.get(3), FailureAction.PARK, "no");
        me.downloadFailed(me.claimFiles(), FailureAction.PARK, "damaged");
        assertAgreement();
        Set<DeliveryState> ended = Set.of(DeliveryState.DELIVERED, DeliveryState.PARKED, DeliveryState.SKIPPED);
        new Replay(database, clock).replay(new Replay.Choice("e0", null, null, ended), "ops");
        new Replay(database, clock).replay(new Replay.Choice(null, "x", null, Set.of(DeliveryState.PARKED)), "ops");
        assertAgreement();
        clock.advance(Duration.ofHours(2));
        expiry.expire(clock.instant(), Duration.ofMinutes(15));
        assertAgreement();
        assertThat(new Status(database).totals()).containsKey(DeliveryState.EXPIRED);
    }

    @Test
    void agreeWhereManyThreadsAndInstancesEndDeliveriesAndAnOperatorReplaysThem() throws Exception {
        IntStream.range(0, 60).forEach(i -> me.record(export("e" + i, "one.csv.gz")));
        me.start(links("x"), links("y"));
        LedgerInstance other = other("other");
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> work = List.of(
                    threads.submit(() -> deliverAll(me, "x")),
                    threads.submit(() -> deliverAll(other, "y")),
                    threads.submit(() -> deliverAll(other, "x")),
                    threads.submit(() -> IntStream.range(0, 5).forEach(i -> new Replay(database, clock)
                            .replay(new Replay.Choice(null, null, null, Set.of(DeliveryState.DELIVERED)), "ops"))));
            for (Future<?> done : work) {
                done.get();
            }
        } finally {
            threads.shutdownNow();
        }
        assertAgreement();
    }

    /** As one that runs on beside the first instances of a new version. */
    @ParameterizedTest
    @EnumSource(
            value = DeliveryState.class,
            names = {"DELIVERED", "PARKED", "EXPIRED"})
    void areCorrectedAfterAnInstanceOfVersion010HasEndedDeliveries(DeliveryState state) {
        IntStream.range(0, 5).forEach(i -> me.record(export("e" + i, "one.csv.gz")));
        me.start(links("x"), links("y"));
        deliveries.claim(links("x"), 2).forEach(delivery -> deliveries.delivered(delivery, Optional.empty()));
        DeliveryCountCheck check = new DeliveryCountCheck(database);
        assertThat(check.correct()).isZero();
        clock.advance(Duration.ofMinutes(1));
        endAsVersion010(state, "e3");
        if (state == DeliveryState.PARKED) {
            assertThat(new Status(database).totals()).containsEntry(state, 2L);
        }
        assertThat(check.correct()).isEqualTo(2);
        assertAgreement();
        assertThat(check.correct()).isZero();
        assertThat(new DestinationSummaries(database, clock).all())
                .filteredOn(destination -> destination.name().equals("y"))
                .singleElement()
                .satisfies(y -> assertThat(y.lastDelivered())
                        .isEqualTo(state == DeliveryState.DELIVERED ? clock.instant() : null));

        // What it makes due again is counted no longer.
        database.jdbi()
                .useHandle(
                        handle -> handle.execute(
                                "UPDATE delivery SET state = 'pending', attempts = 0, finished_at = NULL WHERE finished_at IS NOT NULL"));
        check.correct();
        assertAgreement();
    }

    @Test
    void areCorrectedWhileAnotherInstanceEndsDeliveries() throws Exception {
        IntStream.range(0, 60).forEach(i -> me.record(export("e" + i, "one.csv.gz")));
        me.start(links("x"), links("y"));
        endAsVersion010(DeliveryState.EXPIRED, "e7");
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Future<?> delivered = threads.submit(() -> deliverAll(other("other"), "x"));
            Future<?> corrected = threads.submit(
                    () -> IntStream.range(0, 10).forEach(i -> new DeliveryCountCheck(database).correct()));
            delivered.get();
            corrected.get();
        } finally {
            threads.shutdownNow();
        }
        assertAgreement();
    }

    private void endAsVersion010(DeliveryState state, String export) {
        database.jdbi().useHandle(handle -> handle.createUpdate(
                        """
                                UPDATE delivery SET state = :state, attempts = 1, finished_at = :now WHERE file_id IN
                                  (SELECT file_id FROM export_file WHERE export_id = :export)""")
                .bind("state", state.text())
                .bind("now", clock.instant())
                .bind("export", export)
                .execute());
    }

    private static void deliverAll(LedgerInstance instance, String destination) {
        List<Delivery> claimed = instance.deliveries.claim(links(destination), 5);
        while (!claimed.isEmpty()) {
            claimed.forEach(delivery -> instance.deliveries.delivered(delivery, Optional.empty()));
            claimed = instance.deliveries.claim(links(destination), 5);
        }
    }

    private void assertAgreement() {
        Map<DeliveryState, Long> counted = new TreeMap<>();
        database.jdbi().useHandle(handle -> handle.createQuery("SELECT state, count(*) FROM delivery GROUP BY state")
                .map((row, context) -> Map.entry(DeliveryState.of(row.getString(1)), row.getLong(2)))
                .forEach(entry -> counted.put(entry.getKey(), entry.getValue())));
        assertThat(new Status(database).totals()).isEqualTo(counted);
    }
}
