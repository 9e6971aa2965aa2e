package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.sql.SQLException;
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
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.exportrelay.config.SettingsException;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryOutcome;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.ledger.StatementRecorder.Recorded;
import org.exportrelay.ledger.Status.Row;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlLogger;
import org.jdbi.v3.core.statement.SqlStatements;
import org.junit.jupiter.api.Test;
import org.sqlite.ProgressHandler;

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
    void anExportOfWhichAFileHasExpiredNeverHasAManifest() {
        me.record(export("a", "one.csv.gz", "two.csv.gz", "three.csv.gz"));
        me.start(X, MANIFESTS, new Destination("later", new NamePattern("*"), false, false, RETRIES).ofManifests("x"));
        deliver(1);
        fail(deliveries.claim(X, 1).get(0), FailureAction.PARK, "refused");
        clock.advance(Duration.ofDays(8));
        assertThat(expiry.expire(clock.instant(), Duration.ofMinutes(15))).containsExactly("x");
        assertThat(explain("a").notes())
                .extracting(Explanation.Note::cause, Explanation.Note::text)
                .containsExactly(
                        tuple(
                                Cause.BEFORE_MANIFESTS,
                                "exports:later receives no manifest: its route has backfill: false, and the export was"
                                        + " listed before the route started"),
                        tuple(
                                Cause.FILE_LOST,
                                "exports:manifests receives no manifest: exports:x can no longer receive three.a.csv.gz"
                                        + " (expired), two.a.csv.gz (parked)"));
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
        assertThat(explain("a").notes()).singleElement().satisfies(note -> {
            assertThat(note.cause()).isEqualTo(Cause.BEFORE_MANIFESTS);
            assertThat(note.text())
                    .isEqualTo(
                            "exports:later receives no manifest: its route has backfill: false, and the export was listed"
                                    + " before the route started");
        });
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
    void aManifestIsSentAgainIfAFileOfItIsDeliveredAgainWhileItIsInFlight() {
        me.record(export("a", "one.csv.gz", "two.csv.gz"));
        me.start(X, MANIFESTS);
        deliver(2);
        Delivery inFlight = deliveries.claim(MANIFESTS, 1).get(0);
        new Replay(database, clock)
                .replay(
                        List.of(rows(X).stream()
                                .filter(row -> row.filename().equals("one.csv.gz"))
                                .findFirst()
                                .orElseThrow()
                                .deliveryId()),
                        "ops");
        deliver(1);
        assertThat(deliveries.claim(MANIFESTS, 1))
                .as("never twice at the same time")
                .isEmpty();
        assertThat(deliveries.delivered(inFlight, Optional.of("file:/archive/manifest")))
                .isTrue();
        assertThat(count(MANIFESTS, DeliveryState.DELIVERED)).isZero();
        assertThat(explain("a").events())
                .extracting(event -> event.destination() + " " + event.kind() + " by " + event.actor())
                .contains("manifests replayed by relay");
        assertThat(new DeliveryCountCheck(database).correct()).isZero();
        Delivery again = deliveries.claim(MANIFESTS, 1).get(0);
        assertThat(again.deliveryId()).isEqualTo(inFlight.deliveryId());
        assertThat(again.attempt()).isEqualTo(1);
        deliveries.delivered(again, Optional.of("file:/archive/manifest"));
        assertThat(count(MANIFESTS, DeliveryState.DELIVERED)).isEqualTo(1);
        assertThat(new DeliveryCountCheck(database).correct()).isZero();
    }

    @Test
    void aManifestThatFailsWhileAFileOfItIsDeliveredAgainIsTriedAgainAtOnce() {
        me.record(export("a", "one.csv.gz"));
        me.start(X, MANIFESTS);
        deliver(1);
        for (FailureAction action : List.of(FailureAction.RETRY, FailureAction.PARK)) {
            Delivery inFlight = deliveries.claim(MANIFESTS, 1).get(0);
            replay(DELIVERED, "x");
            deliver(1);
            fail(inFlight, action, "one.a.csv.gz was made due again");
        }
        assertThat(deliveries.claim(MANIFESTS, 1)).hasSize(1);
        assertThat(new DeliveryCountCheck(database).correct()).isZero();
    }

    /** As the API may list them. Counts the steps of SQLite's virtual machine. */
    @Test
    void anOutcomeReadsFewFilesOfAnExportInWhicheverOrderTheirNamesAre() throws Exception {
        assumeTrue(on == TestDatabase.SQLITE);
        int files = 2_000;
        me.record(export(
                "a",
                IntStream.range(0, files)
                        .mapToObj(i -> String.format("%04d.csv.gz", files - i))
                        .toArray(String[]::new)));
        me.start(X, MANIFESTS);
        deliver(10);
        long first = stepsOfNextOutcome();
        deliver(files - 100);
        assertThat(stepsOfNextOutcome()).isLessThan(2 * first);
        deliver(100);
        assertThat(due()).hasSize(1);
    }

    private long stepsOfNextOutcome() throws SQLException {
        Delivery next = deliveries.claim(X, 1).get(0);
        AtomicLong steps = new AtomicLong();
        try (Handle handle = database.jdbi().open()) {
            ProgressHandler.setHandler(handle.getConnection(), 1, new ProgressHandler() {
                @Override
                protected int progress() {
                    steps.incrementAndGet();
                    return 0;
                }
            });
            assertThat(deliveries.delivered(next, Optional.empty())).isTrue();
            ProgressHandler.clearHandler(handle.getConnection());
        }
        return steps.get();
    }

    @Test
    void anOutcomeAsksNothingAboutManifestsWhereThereAreNone() {
        me.record(export("a", "one.csv.gz", "two.csv.gz"));
        me.start(X);
        StatementRecorder recorder = new StatementRecorder();
        try {
            database.jdbi().getConfig(SqlStatements.class).setSqlLogger(recorder);
            deliver(1);
            assertThat(recorder.take()).extracting(Recorded::sql).noneMatch(this::asksForManifests);
            me.start(MANIFESTS);
            recorder.take();
            deliver(1);
            assertThat(recorder.take()).extracting(Recorded::sql).anyMatch(this::asksForManifests);
        } finally {
            database.jdbi().getConfig(SqlStatements.class).setSqlLogger(SqlLogger.NOP_SQL_LOGGER);
        }
        assertThat(count(X, DeliveryState.DELIVERED)).isEqualTo(2);
        assertThat(new DeliveryCountCheck(database).correct()).isZero();
        assertThat(due()).hasSize(1);
    }

    private boolean asksForManifests(String sql) {
        return sql.replaceAll("\\s+", " ").contains("FROM destination WHERE manifest_of");
    }

    /** Two transactions on PostgreSQL that lock several manifests of several destinations do so in one order. */
    @Test
    void manifestsOfSeveralDestinationsAreLockedInTheOrderOfTheirFiles() throws Exception {
        assumeTrue(on == TestDatabase.POSTGRESQL);
        Destination second = links("second").ofManifests("x");
        twoExportsWithManifests(second);
        replay(DELIVERED, "x");
        List<EndedAttempt> ended = deliveries.claim(X, 2).stream()
                .map(delivery -> new EndedAttempt(
                        delivery,
                        false,
                        DeliveryOutcome.DELIVERED,
                        null,
                        false,
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty()))
                .toList();
        whileLocked(
                "a",
                second,
                () -> database.jdbi().useTransaction(handle -> AttemptRecorder.record(handle, ended, clock.instant())),
                other -> lock(other, "b", MANIFESTS));
        assertThat(count(MANIFESTS, DeliveryState.PENDING)).isEqualTo(2);
        assertThat(count(second, DeliveryState.PENDING)).isEqualTo(2);
    }

    @Test
    void aReplayLocksFilesBeforeManifests() throws Exception {
        assumeTrue(on == TestDatabase.POSTGRESQL);
        twoExportsWithManifests();
        whileLocked("b", X, () -> replay(DELIVERED, null), other -> lock(other, "a", MANIFESTS));
        assertThat(count(X, DeliveryState.PENDING)).isEqualTo(2);
        assertThat(count(MANIFESTS, DeliveryState.PENDING)).isEqualTo(2);
    }

    /** The end of a file locks its export and its manifests: a transaction that has locked a manifest must not wait for it. */
    @Test
    void theEndOfAManifestDoesNotWaitForTheEndOfAFile() throws Exception {
        assumeTrue(on == TestDatabase.POSTGRESQL);
        me.record(export("a", "one.csv.gz"));
        me.record(export("b", "one.csv.gz"));
        me.start(X, MANIFESTS);
        List<Delivery> files = deliveries.claim(X, 2);
        deliveries.delivered(files.get(0), Optional.empty());
        Delivery manifest = deliveries.claim(MANIFESTS, 1).get(0);
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try (Handle other = database.jdbi().open()) {
            other.begin();
            other.execute("SELECT export_id FROM export WHERE export_id = 'b' FOR NO KEY UPDATE");
            Future<Boolean> file = threads.submit(() -> deliveries.delivered(files.get(1), Optional.empty()));
            await().atMost(Duration.ofSeconds(20)).until(() -> isAnyBlocked(other));
            assertThat(threads.submit(() -> deliveries.delivered(manifest, Optional.empty()))
                            .get(20, TimeUnit.SECONDS))
                    .isTrue();
            other.commit();
            assertThat(file.get(20, TimeUnit.SECONDS)).isTrue();
        } finally {
            threads.shutdownNow();
        }
        assertThat(due()).extracting(Row::exportId).containsExactly("b");
    }

    private void twoExportsWithManifests(Destination... more) {
        me.record(export("a", "one.csv.gz"));
        me.record(export("b", "one.csv.gz"));
        me.start(X, MANIFESTS);
        me.start(more);
        deliver(2);
        Stream.concat(Stream.of(MANIFESTS), Stream.of(more)).forEach(destination -> deliveries
                .claim(destination, 2)
                .forEach(manifest -> deliveries.delivered(manifest, Optional.empty())));
    }

    /** While another transaction has locked a delivery, some work is blocked by it; then the other one locks more. */
    private void whileLocked(String export, Destination destination, Runnable work, Consumer<Handle> more)
            throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(1);
        try (Handle other = database.jdbi().open()) {
            other.begin();
            lock(other, export, destination);
            Future<?> blocked = threads.submit(work);
            await().atMost(Duration.ofSeconds(20)).until(() -> isAnyBlocked(other));
            more.accept(other);
            other.commit();
            blocked.get(20, TimeUnit.SECONDS);
        } finally {
            threads.shutdownNow();
        }
    }

    private static void lock(Handle handle, String export, Destination destination) {
        assertThat(handle.createQuery(
                                """
                                SELECT d.delivery_id FROM delivery d JOIN export_file f ON f.file_id = d.file_id
                                WHERE f.export_id = :export AND d.destination = :destination FOR NO KEY UPDATE OF d""")
                        .bind("export", export)
                        .bind("destination", destination.name())
                        .mapTo(String.class)
                        .list())
                .hasSize(1);
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
        return handle.createQuery("SELECT count(*) FROM pg_locks WHERE NOT granted")
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
