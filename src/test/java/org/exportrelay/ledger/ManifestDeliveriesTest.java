package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.exportrelay.config.SettingsException;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.ledger.Status.Row;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.Test;

/** When the manifest of an export is due. */
class ManifestDeliveriesTest extends LedgerTest {

    private static final Destination X = links("x");
    private static final Destination MANIFESTS = links("manifests").ofManifests("x");
    private static final Set<DeliveryState> DELIVERED = Set.of(DeliveryState.DELIVERED);
    private static final Set<DeliveryState> PARKED = Set.of(DeliveryState.PARKED);

    @Test
    void aManifestIsDueWhenTheLastFileOfItsExportIsDelivered() {
        me.record(export("a", "one.csv.gz", "two.csv.gz"));
        me.record(export("b", "one.csv.gz"));
        me.start(X, MANIFESTS);
        deliver(1);
        assertThat(due()).isEmpty();
        deliver(2);
        List<Delivery> claimed = deliveries.claim(MANIFESTS, 9);
        assertThat(claimed)
                .extracting(delivery -> delivery.file().uniqueName())
                .containsExactly("properties_export.a.manifest.json", "properties_export.b.manifest.json");
        assertThat(claimed).allSatisfy(delivery -> {
            assertThat(delivery.file().size()).isNull();
            assertThat(delivery.file().records()).isNull();
        });
        deliveries.delivered(claimed.get(0), Optional.of("file:/archive/manifest"));
        assertThat(count(MANIFESTS, DeliveryState.DELIVERED)).isEqualTo(1);
        assertThat(explain("a").deliveries())
                .extracting(delivery -> delivery.row().uniqueName())
                .contains("properties_export.a.manifest.json", "one.a.csv.gz", "two.a.csv.gz");
        assertThat(new Explanations(database, clock).of("properties_export.a.manifest.json"))
                .singleElement()
                .satisfies(found -> assertThat(found.deliveries()).hasSize(1));
    }

    @Test
    void aManifestNeverExpires() {
        me.record(export("a", "one.csv.gz"));
        me.start(X, MANIFESTS);
        deliver(1);
        clock.advance(Duration.ofDays(30));
        assertThat(expiry.expire(clock.instant(), Duration.ofMinutes(15))).isEmpty();
        assertThat(due()).hasSize(1);
    }

    @Test
    void aManifestWaitsForAParkedFileAndFollowsItsReplay() {
        me.record(export("a", "one.csv.gz", "two.csv.gz"));
        me.start(X, MANIFESTS);
        List<Delivery> claimed = deliveries.claim(X, 2);
        fail(claimed.get(0), FailureAction.PARK, "refused");
        deliveries.delivered(claimed.get(1), Optional.empty());
        assertThat(due()).isEmpty();
        assertThat(explain("a").notes()).singleElement().satisfies(note -> {
            assertThat(note.cause()).isEqualTo(Cause.WAITS_FOR_FILES);
            assertThat(note.text()).isEqualTo("exports:manifests waits for exports:x: one.a.csv.gz (parked)");
        });
        replay(PARKED, "x");
        deliver(1);
        assertThat(due()).hasSize(1);
        assertThat(explain("a").notes()).isEmpty();
    }

    @Test
    void anExportIsCompleteWithoutTheFilesThatItsRouteSkipsUnlessItSkipsAll() {
        me.record(export("a", "one.csv.gz", "two.csv.gz"));
        me.record(export("b", "one.csv.gz"));
        me.start(X, MANIFESTS);
        List<Delivery> claimed = deliveries.claim(X, 3);
        deliveries.delivered(claimed.get(0), Optional.empty());
        deliveries.skipped(claimed.get(1), "its route handed it to no endpoint");
        deliveries.skipped(claimed.get(2), "its route handed it to no endpoint");
        assertThat(due()).extracting(Row::exportId).containsExactly("a");
    }

    @Test
    void anExportWhoseFilesDoNotAllHaveADeliveryYetIsNotComplete() {
        me.record(
                export("a", IntStream.range(0, 600).mapToObj(i -> i + ".csv.gz").toArray(String[]::new)));
        destinations.start(X);
        me.creator.createDeliveries(1);
        destinations.start(MANIFESTS);
        deliver(600);
        assertThat(count(X, DeliveryState.DELIVERED)).isEqualTo(500);
        me.creator.createDeliveries();
        assertThat(due()).isEmpty();
        deliver(100);
        assertThat(due()).hasSize(1);
    }

    @Test
    void onlySelectedExportsHaveAManifest() {
        me.record(named("a", "people_export"));
        me.record(named("b", "properties_export"));
        me.start(
                X,
                new Destination("manifests", new NamePattern("people_*"), false, true, RETRIES).ofManifests("x"),
                links("retired").ofManifests("x"));
        destinations.stop("retired");
        database.jdbi().useHandle(handle -> handle.createUpdate(
                        "UPDATE destination SET retired_at = :now WHERE name = 'retired'")
                .bind("now", clock.instant())
                .execute());
        deliver(2);
        assertThat(due()).extracting(Row::exportId).containsExactly("a");
        assertThat(rows(links("retired"))).isEmpty();
    }

    @Test
    void aNewRouteReceivesTheManifestsOfThePastUnlessTheyHaveExpired() {
        me.record(expiring("old", clock.instant().plusSeconds(60)));
        me.record(export("a", "one.csv.gz"));
        me.record(export("b", "one.csv.gz", "two.csv.gz"));
        me.start(X);
        deliver(3);
        clock.advance(Duration.ofMinutes(2));
        assertThat(new BackfillEstimate(database, clock).of("manifests", new NamePattern("*"), "x"))
                .isEqualTo(new Backfill(1, 0, 0));
        me.start(MANIFESTS, new Destination("later", new NamePattern("*"), false, false, RETRIES).ofManifests("x"));
        assertThat(due()).extracting(Row::exportId).containsExactly("a");
        deliver(1);
        assertThat(due()).extracting(Row::exportId).containsExactlyInAnyOrder("a", "b");
        assertThat(rows(links("later"))).as("backfill=false").isEmpty();
        me.record(export("c", "one.csv.gz"));
        me.createDeliveries();
        deliver(1);
        assertThat(rows(links("later"))).extracting(Row::exportId).containsExactly("c");
    }

    @Test
    void aFileThatIsDeliveredAgainIsFollowedByTheManifestAgain() {
        me.record(export("a", "one.csv.gz", "two.csv.gz"));
        me.start(X, MANIFESTS);
        deliver(2);
        Delivery first = deliveries.claim(MANIFESTS, 1).get(0);
        deliveries.delivered(first, Optional.empty());
        replay(DELIVERED, "x");
        deliver(1);
        assertThat(due()).isEmpty();
        deliver(1);
        Delivery again = deliveries.claim(MANIFESTS, 1).get(0);
        assertThat(again.deliveryId()).isEqualTo(first.deliveryId());
        assertThat(again.replays()).isEqualTo(1);
        assertThat(count(MANIFESTS, DeliveryState.DELIVERED)).isZero();
        assertThat(explain("a").events())
                .extracting(event -> event.destination() + " " + event.kind() + " by " + event.actor())
                .contains("manifests replayed by relay");
        assertThat(new DeliveryCountCheck(database).correct()).isZero();
    }

    @Test
    void aManifestThatWaitsForAFileThatIsDeliveredAgainIsDueWithIt() {
        me.record(export("a", "one.csv.gz"));
        me.start(X, MANIFESTS);
        deliver(1);
        replay(DELIVERED, "x");
        fail(deliveries.claim(MANIFESTS, 1).get(0), FailureAction.POSTPONE, "one.a.csv.gz was made due again");
        assertThat(deliveries.claim(MANIFESTS, 1)).isEmpty();
        deliver(1);
        assertThat(deliveries.claim(MANIFESTS, 1)).hasSize(1);
        assertThat(explain("a").events())
                .extracting(Event::destination)
                .as("nothing was replayed")
                .doesNotContain("manifests");
    }

    @Test
    void instancesThatDeliverTheLastFilesOfAnExportAtTheSameTimeMissNone() throws Exception {
        int exports = 40;
        for (int i = 0; i < exports; i++) {
            me.record(export("e" + i, "one.csv.gz", "two.csv.gz"));
        }
        me.start(X, MANIFESTS);
        LedgerInstance other = other("other");
        List<Delivery> all = deliveries.claim(X, 2 * exports);
        List<Delivery> ones = all.stream()
                .filter(delivery -> delivery.file().filename().equals("one.csv.gz"))
                .toList();
        List<Delivery> twos = all.stream()
                .filter(delivery -> delivery.file().filename().equals("two.csv.gz"))
                .toList();
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            for (int i = 0; i < exports; i++) {
                int export = i;
                CountDownLatch start = new CountDownLatch(1);
                List<Future<Boolean>> ended = new ArrayList<>();
                ended.add(threads.submit(() -> {
                    start.await();
                    return deliveries.delivered(ones.get(export), Optional.empty());
                }));
                ended.add(threads.submit(() -> {
                    start.await();
                    return other.deliveries.delivered(twos.get(export), Optional.empty());
                }));
                start.countDown();
                for (Future<Boolean> each : ended) {
                    assertThat(each.get(20, TimeUnit.SECONDS)).isTrue();
                }
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(count(MANIFESTS, DeliveryState.PENDING)).isEqualTo(exports);
    }

    /** SQLite has one writer. */
    @Test
    void aNewRouteWaitsForWhatIsJustBeingRecordedByAnInstanceThatDoesNotKnowItYet() throws Exception {
        assumeTrue(on == TestDatabase.POSTGRESQL);
        me.record(export("a", "one.csv.gz"));
        me.start(X);
        ExecutorService threads = Executors.newFixedThreadPool(1);
        try (Handle unaware = database.jdbi().open()) {
            unaware.begin();
            unaware.execute("UPDATE delivery SET state = 'delivered', finished_at = now()");
            Future<?> started = threads.submit(() -> me.start(MANIFESTS));
            await().atMost(Duration.ofSeconds(20)).until(() -> isAnyBlocked(unaware));
            unaware.commit();
            started.get(20, TimeUnit.SECONDS);
        } finally {
            threads.shutdownNow();
        }
        assertThat(due()).hasSize(1);
    }

    private static boolean isAnyBlocked(Handle handle) {
        return handle.createQuery("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                                + " AND datname = current_database()")
                        .mapTo(Integer.class)
                        .one()
                > 0;
    }

    @Test
    void aDestinationOfFilesDoesNotBecomeOneOfManifests() {
        me.start(links("manifests"));
        destinations.stop("manifests");
        assertThatThrownBy(() -> destinations.start(MANIFESTS))
                .isInstanceOf(SettingsException.class)
                .hasMessage(
                        "exports:manifests: its deliveries so far are no manifests, and its route has payload=manifest"
                                + " now; give the route a name of its own");
        me.start(links("other").ofManifests("x"));
        destinations.stop("other");
        assertThatThrownBy(() -> destinations.start(links("other")))
                .hasMessageContaining("its deliveries so far are manifests");
    }

    @Test
    void aRouteThatNamesAnotherDestinationReceivesItsManifestsOfThePast() {
        me.record(export("a", "one.csv.gz"));
        me.start(X, links("manifests").ofManifests("mistyped"));
        deliver(1);
        assertThat(due()).isEmpty();
        destinations.stop("manifests");
        me.start(MANIFESTS);
        assertThat(due()).hasSize(1);
    }

    private void deliver(int most) {
        deliveries.claim(X, most).forEach(delivery -> deliveries.delivered(delivery, Optional.empty()));
    }

    private void replay(Set<DeliveryState> states, String destination) {
        new Replay(database, clock).replay(new Replay.Choice(null, destination, null, states), "ops");
    }

    private List<Row> due() {
        return rows(MANIFESTS).stream()
                .filter(row -> row.state() == DeliveryState.PENDING)
                .toList();
    }

    private List<Row> rows(Destination destination) {
        List<Row> rows = new ArrayList<>();
        new Status(database).forEach(new Status.Choice(null, destination.name(), Set.of(), null, 0), rows::add);
        return rows;
    }

    private Explanation explain(String exportId) {
        return new Explanations(database, clock).ofExport(exportId).orElseThrow();
    }
}
