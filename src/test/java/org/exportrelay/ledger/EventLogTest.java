package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.exportrelay.api.Export;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.ledger.database.Dialect;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.Test;

/** Every act and every failure has its event, in the transaction of what it records. */
class EventLogTest extends LedgerTest {

    private static final Destination PARTNER = links("partner");

    @Test
    void aDeliveryThatSucceedsHasNoEventButItsInstanceAndRoute() {
        me.record(export("a", "one.csv.gz"));
        me.start(PARTNER);
        deliveries.delivered(deliveries.claim(PARTNER.under("abc"), 1).get(0), Optional.empty());
        assertThat(all()).isEmpty();
        assertThat(column("made_by")).containsExactly("me");
        assertThat(column("route_digest")).containsExactly("abc");
    }

    @Test
    void eachAttemptThatCountsHasOneEventUntilTheDeliveryIsParked() {
        me.record(export("a", "one.csv.gz"));
        me.start(PARTNER);
        for (int attempt = 0; attempt < RETRIES.maxAttempts(); attempt++) {
            fail(deliveries.claim(PARTNER, 1).get(0), FailureAction.RETRY, "refused");
            clock.advance(RETRIES.maxRetryDelay());
        }
        assertThat(all())
                .extracting(Event::kind, Event::attempt, Event::message, Event::destination, Event::exportId)
                .containsExactly(
                        tuple("parked", 3, "refused", "partner", "a"),
                        tuple("attempt-failed", 2, "refused", "partner", "a"),
                        tuple("attempt-failed", 1, "refused", "partner", "a"));
        assertThat(all()).extracting(Event::actor).containsOnly("relay");
        assertThat(all()).extracting(Event::deliveryId).doesNotContainNull();
    }

    @Test
    void neitherTheMessageNorTheDetailHasASecret() {
        String text = "https://store.example/file?signature=abc refused, password=hunter22";
        new EventLog(database, clock)
                .append(EventKind.EXPORT_FAILED, text, Map.of("text", text, "list", List.of(text), "number", 7));
        assertThat(all()).singleElement().satisfies(event -> {
            assertThat(event.message()).isEqualTo("https://store.example/file?… refused, password=…");
            assertThat(EventLog.parse(event.detail()).path("text").asText()).isEqualTo(event.message());
            assertThat(EventLog.parse(event.detail()).at("/list/0").asText()).isEqualTo(event.message());
            assertThat(EventLog.parse(event.detail()).path("number").asInt()).isEqualTo(7);
        });
    }

    @Test
    void anAttemptThatCountsNothingHasNone() {
        me.record(export("a", "one.csv.gz"));
        me.start(PARTNER);
        fail(deliveries.claim(PARTNER, 1).get(0), FailureAction.POSTPONE, "the API is away");
        clock.advance(Duration.ofMinutes(1));
        deliveries.release(deliveries.claim(PARTNER, 1).get(0));
        assertThat(all()).isEmpty();
    }

    @Test
    void anOutageHasOneEventForDownAndOneForUpHoweverManyDeliveriesMeetIt() {
        IntStream.range(0, 9).forEach(i -> me.record(export("e" + i, "one.csv.gz")));
        me.start(PARTNER);
        deliveries.claim(PARTNER, 5).forEach(this::meetOutage);
        clock.advance(Duration.ofMinutes(2));
        meetOutage(deliveries.claim(PARTNER, 5).get(0));
        clock.advance(Duration.ofMinutes(2));
        deliveries.delivered(deliveries.claim(PARTNER, 5).get(0), Optional.empty());
        assertThat(all())
                .extracting(Event::kind, Event::message)
                .containsExactly(
                        tuple("destination-up", "up again after 4m; 8 deliveries wait"),
                        tuple("destination-down", "nothing listens there"));
    }

    @Test
    void aFailedDownloadHasOneEventForEachDeliveryThatWaits() {
        me.record(export("a", "one.csv.gz", "two.csv.gz"));
        me.start(files("x"), files("y"));
        me.downloadFailed(me.claimFiles(), FailureAction.RETRY, "the store answered 403");
        assertThat(all())
                .extracting(Event::kind, Event::message)
                .hasSize(4)
                .containsOnly(tuple("attempt-failed", "the store answered 403"));
    }

    /** Otherwise a reader of events could pass over those whose transaction has not ended. */
    @Test
    void eventsOfExpiryWaitForAReaderOfEvents() throws Exception {
        assumeThat(database.dialect()).isEqualTo(Dialect.POSTGRESQL);
        me.record(expiring("a", clock.instant().plus(Duration.ofHours(1))));
        me.start(links("y"));
        clock.advance(Duration.ofHours(2));
        CompletableFuture<List<String>> expired;
        try (Handle reader = database.jdbi().open()) {
            reader.begin();
            reader.execute(Dialect.POSTGRESQL.appendBarrier());
            expired = CompletableFuture.supplyAsync(() -> expiry.expire(clock.instant(), Duration.ofMinutes(15)));
            await().during(Duration.ofMillis(500)).until(() -> !expired.isDone());
            reader.commit();
        }
        assertThat(expired.get(30, TimeUnit.SECONDS)).containsExactly("y");
    }

    @Test
    void deliveriesThatExpireHaveOneEach() {
        me.record(expiring("a", clock.instant().plus(Duration.ofHours(1))));
        me.start(files("x"), links("y"));
        clock.advance(Duration.ofHours(2));
        assertThat(expiry.expire(clock.instant(), Duration.ofMinutes(15))).containsExactlyInAnyOrder("x", "y");
        assertThat(all()).extracting(Event::kind).containsExactly("expired", "expired");
        assertThat(all()).extracting(Event::destination).containsExactlyInAnyOrder("x", "y");
        assertThat(all()).extracting(Event::message).allMatch(message -> message.contains("run the export again"));
    }

    @Test
    void aReplayErasesNothingAndRecordsWhoDidIt() {
        me.record(export("a", "one.csv.gz"));
        me.start(PARTNER);
        fail(deliveries.claim(PARTNER, 1).get(0), FailureAction.PARK, "no such queue");
        clock.advance(Duration.ofMinutes(1));
        new Replay(database, clock).replay(new Replay.Choice(null, null, null, Set.of(DeliveryState.PARKED)), "ann");
        assertThat(all())
                .extracting(Event::kind, Event::actor, Event::message)
                .containsExactly(
                        tuple("replayed", "ann", "was parked: no such queue"),
                        tuple("parked", "relay", "no such queue"));
    }

    @Test
    void actsOfOperatorsAreRecordedWithTheirName() {
        me.record(export("a", "one.csv.gz"));
        me.start(PARTNER);
        DestinationControl control = new DestinationControl(database, clock);
        control.pause("partner", "ann", "ticket 7");
        control.pause("partner", "bob", null);
        control.resume("partner", "bob");
        control.resume("partner", "bob");
        control.retry("partner", "cid");
        destinations.stop("partner");
        clock.advance(Duration.ofMinutes(4));
        control.retire("partner", "dan");
        assertThat(all())
                .extracting(Event::kind, Event::actor, Event::message)
                .containsExactly(
                        tuple("retired", "dan", "1 waiting delivery ended as skipped"),
                        tuple("replayed", "cid", "0 failed deliveries tried now"),
                        tuple("resumed", "bob", ""),
                        tuple("paused", "ann", "ticket 7"));
    }

    @Test
    void exportsThatFailedOrCameTooLateAreRecordedOnce() {
        new Instances(database, "me", "host", "1", clock).started();
        clock.advance(Duration.ofDays(1));
        me.record(withoutFiles("old", clock.instant().minus(Duration.ofDays(3))));
        me.record(withoutFiles("late", clock.instant().minus(Duration.ofHours(1))));
        me.record(withoutFiles("late", clock.instant().minus(Duration.ofHours(1))));
        me.recorder.recordFailed(List.of(export("broken")));
        me.recorder.recordFailed(List.of(export("broken")));
        assertThat(all())
                .extracting(Event::kind, Event::exportId)
                .containsExactly(
                        tuple("export-failed", "broken"),
                        tuple("export-unfetchable", "late"),
                        tuple("instance-started", null));
    }

    @Test
    void choosesByExportDestinationKindAndTimeNewestFirst() {
        EventLog log = new EventLog(database, clock);
        me.record(export("a", "one.csv.gz"));
        me.record(export("b", "one.csv.gz"));
        me.start(PARTNER, links("other"));
        fail(deliveries.claim(PARTNER, 1).get(0), FailureAction.RETRY, "first");
        clock.advance(Duration.ofMinutes(1));
        Instant since = clock.instant();
        fail(deliveries.claim(links("other"), 1).get(0), FailureAction.PARK, "second");
        log.append(EventKind.API_REFUSED, "third", Map.of());
        assertThat(messages(new Events.Choice(null, null, List.of(), null, 0)))
                .containsExactly("third", "second", "first");
        assertThat(messages(new Events.Choice(null, null, List.of(), since, 0))).containsExactly("third", "second");
        assertThat(messages(new Events.Choice(null, null, List.of(), null, 1))).containsExactly("third");
        assertThat(messages(new Events.Choice("a", null, List.of(), null, 0))).containsExactly("second", "first");
        assertThat(messages(new Events.Choice("a", "other", List.of(), null, 0)))
                .containsExactly("second");
        assertThat(messages(new Events.Choice(null, "partner", List.of(), null, 0)))
                .containsExactly("first");
        assertThat(messages(new Events.Choice(null, null, List.of("parked", "api-refused"), null, 0)))
                .containsExactly("third", "second");
    }

    @Test
    void eventsAreDeletedAfterTheirRetentionInSmallSteps() {
        EventLog log = new EventLog(database, clock);
        IntStream.range(0, 2500).forEach(i -> log.append(EventKind.PAUSED, "old " + i, Map.of()));
        clock.advance(Duration.ofDays(400));
        log.append(EventKind.RESUMED, "new", Map.of());
        clock.advance(Duration.ofSeconds(1));
        assertThat(log.deleteOlderThan(Duration.ofDays(400), 2)).isEqualTo(2000);
        assertThat(log.deleteOlderThan(Duration.ofDays(400), 2)).isEqualTo(500);
        assertThat(all()).extracting(Event::message).containsExactly("new");
    }

    /** Otherwise each failed export that is still listed would be reported again. */
    @Test
    void whatTheRelayReadsAgainAfterAnyTimeIsKept() {
        EventLog log = new EventLog(database, clock);
        log.append(EventKind.EXPORT_FAILED, "reported", Map.of());
        log.append(EventKind.INSTANCE_STARTED, "started", Map.of());
        log.append(EventKind.ROUTE_CHANGED, "added", Map.of());
        log.append(EventKind.API_REFUSED, "refused", Map.of());
        clock.advance(Duration.ofDays(500));
        assertThat(log.deleteOlderThan(Duration.ofDays(400), 2)).isZero();
        assertThat(all()).hasSize(4);
    }

    @Test
    void everyKindIsWrittenAsItIsRead() {
        for (EventKind kind : EventKind.values()) {
            assertThat(EventKind.of(kind.text())).isEqualTo(kind);
        }
    }

    private static Export withoutFiles(String id, Instant expiresAt) {
        return new Export(id, Export.COMPLETED, "properties_export", 100, null, 10L, 100L, null, null, null, expiresAt);
    }

    private void meetOutage(Delivery delivery) {
        deliveries.failed(delivery, new DeliveryException(FailureAction.OUTAGE, "nothing listens there"), RETRIES);
    }

    private List<Event> all() {
        List<Event> events = new ArrayList<>();
        new Events(database).forEach(new Events.Choice(null, null, List.of(), null, 0), events::add);
        return events;
    }

    private List<String> messages(Events.Choice choice) {
        List<String> messages = new ArrayList<>();
        new Events(database).forEach(choice, event -> messages.add(event.message()));
        return messages;
    }

    private List<String> column(String name) {
        return database.jdbi().withHandle(handle -> handle.createQuery("SELECT " + name + " FROM delivery")
                .mapTo(String.class)
                .list());
    }
}
