package org.exportrelay.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.exportrelay.api.DownloadUrl;
import org.exportrelay.api.Export;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.TestSettings;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.delivery.RetryPolicy;
import org.exportrelay.ledger.AttentionItem;
import org.exportrelay.ledger.AttentionItems;
import org.exportrelay.ledger.Event;
import org.exportrelay.ledger.EventKind;
import org.exportrelay.ledger.EventLog;
import org.exportrelay.ledger.Events;
import org.exportrelay.ledger.ExpectationResult;
import org.exportrelay.ledger.Expectations;
import org.exportrelay.ledger.LedgerInstance;
import org.exportrelay.ledger.PollLease;
import org.exportrelay.ledger.TestDatabase;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.testing.LogLines;
import org.exportrelay.testing.SettableClock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** An export that is expected by 06:00 in Berlin, which is 05:00 UTC in winter. */
@ParameterizedClass(name = "{0}")
@EnumSource(TestDatabase.class)
class ExpectationCheckTest {

    private static final RetryPolicy RETRIES = new RetryPolicy(3, Duration.ofSeconds(5), Duration.ofMinutes(1));
    private static final Destination ARCHIVE = new Destination("archive", new NamePattern("*"), false, true, RETRIES);
    private static final Destination PARTNER = new Destination("partner", new NamePattern("*"), false, true, RETRIES);
    private static final Instant DEADLINE = Instant.parse("2026-02-18T05:00:00Z");

    @Parameter
    private TestDatabase on;

    private final SettableClock clock = new SettableClock(Instant.parse("2026-02-17T16:00:00Z"));
    private LedgerDatabase database;
    private LedgerInstance ledger;
    private Expectations expectations;

    @BeforeEach
    void open(@TempDir Path directory) {
        database = on.lend(directory);
        ledger = new LedgerInstance(database, "me", Duration.ofMinutes(2), clock);
        expectations = new Expectations(database, clock);
        ledger.start(ARCHIVE, PARTNER);
        new EventLog(database, clock).append(EventKind.INSTANCE_STARTED, "", Map.of());
        poll("me");
    }

    @AfterEach
    void close() {
        on.giveBack(database);
    }

    @Test
    void isMetOnceAllDestinationsHaveTheExport() {
        deliver(export("a", "properties_1"), ARCHIVE);
        checkAt(DEADLINE.minus(Duration.ofHours(2)));
        assertThat(events()).isEmpty();
        deliver(PARTNER);
        checkAt(DEADLINE.minus(Duration.ofHours(1)));
        checkAt(DEADLINE);
        checkAt(DEADLINE.plus(Duration.ofHours(1)));
        assertThat(events())
                .extracting(Event::kind, Event::message)
                .containsExactly(tuple("expectation-met", "nightly: 1 of 1 expected exports properties_* delivered"));
        assertThat(attention()).isEmpty();
        assertThat(expectations.latestDecided().get("nightly"))
                .extracting(ExpectationResult::deadline, ExpectationResult::state)
                .containsExactly(DEADLINE, "met");
    }

    @Test
    void warnsOnceBeforeTheDeadlineAndReportsAMissAndALateDeliveryOnce() {
        try (LogLines log = LogLines.of(ExpectationCheck.class)) {
            checkAt(DEADLINE.minus(Duration.ofMinutes(61)));
            assertThat(events()).isEmpty();
            checkAt(DEADLINE.minus(Duration.ofHours(1)));
            checkAt(DEADLINE.minus(Duration.ofMinutes(1)));
            assertThat(attention()).singleElement().asString().contains("EXPECTATION_AT_RISK");
            checkAt(DEADLINE);
            checkAt(DEADLINE.plusSeconds(60));
            assertThat(attention()).singleElement().asString().contains("EXPECTATION_MISSED");
            assertThat(expectations.latestDecided().get("nightly").state()).isEqualTo("missed");
            deliver(export("a", "properties_1"), ARCHIVE, PARTNER);
            checkAt(DEADLINE.plus(Duration.ofMinutes(72)));
            checkAt(DEADLINE.plus(Duration.ofMinutes(73)));
            assertThat(log.all())
                    .containsExactly(
                            "WARN expectation nightly: 0 of 1 expected exports properties_* delivered, due by 06:00"
                                    + " Europe/Berlin in 1h; no other has come: check at the vendor",
                            "ERROR expectation nightly: 0 of 1 expected exports properties_* delivered by 06:00"
                                    + " Europe/Berlin; no other has come: check at the vendor",
                            "INFO expectation nightly: 1 of 1 expected exports properties_* delivered, 1h 12m late");
        }
        assertThat(events())
                .extracting(Event::kind)
                .containsExactly("expectation-met", "expectation-missed", "expectation-at-risk");
        assertThat(expectations.latestDecided().get("nightly").state()).isEqualTo("met late");
        assertThat(attention()).isEmpty();
    }

    @Test
    void whatComesLateDoesNotCountForTheNextDeadline() {
        checkAt(DEADLINE);
        moveTo(DEADLINE.plus(Duration.ofHours(1)));
        deliver(export("late", "properties_1"), ARCHIVE, PARTNER);
        checkAt(DEADLINE.plus(Duration.ofHours(2)));
        checkAt(DEADLINE.plus(Duration.ofDays(1)));
        assertThat(events())
                .extracting(Event::kind)
                .containsExactly("expectation-missed", "expectation-met", "expectation-missed");
    }

    @Test
    void countsOnlyExportsOfThatNameThatAreNewAndDeliveredInTime() {
        deliver(export("other", "owners_1"), ARCHIVE, PARTNER);
        deliver(
                created(
                        "old",
                        "properties_1",
                        DEADLINE.minus(Duration.ofDays(1)).minusSeconds(1)),
                ARCHIVE,
                PARTNER);
        ledger.record(export("waits", "properties_2"));
        ledger.createDeliveries();
        fail(ARCHIVE);
        moveTo(DEADLINE.plusSeconds(30));
        deliver(export("after", "properties_3"), PARTNER);
        check();
        assertThat(events())
                .extracting(Event::message)
                .containsExactly("nightly: 0 of 1 expected exports properties_* delivered by 06:00 Europe/Berlin; 2"
                        + " others have come, but not to all destinations: 'status' shows why");
    }

    @Test
    void aDeadlineThatPassedWhileNoRelayRanIsJudgedByWhatWasDeliveredThen() {
        deliver(export("a", "properties_1"), ARCHIVE, PARTNER);
        checkAt(DEADLINE.plus(Duration.ofHours(20)));
        assertThat(events()).extracting(Event::kind).containsExactly("expectation-met");
    }

    @Test
    void aDeadlineFromBeforeTheFirstStartIsNotJudged() {
        database.jdbi().useHandle(handle -> handle.execute("DELETE FROM event"));
        moveTo(DEADLINE.plus(Duration.ofHours(1)));
        new EventLog(database, clock).append(EventKind.INSTANCE_STARTED, "", Map.of());
        check();
        assertThat(events()).isEmpty();
    }

    @Test
    void onlyTheInstanceThatPollsJudges() {
        poll("other");
        checkAt(DEADLINE);
        assertThat(events()).isEmpty();
        poll("me");
        check();
        assertThat(events()).extracting(Event::kind).containsExactly("expectation-missed");
    }

    @Test
    void skippedDeliveriesCountForNothingAndAgainstNothing() {
        deliver(export("a", "properties_1"), ARCHIVE);
        ledger.deliveries.skipped(ledger.deliveries.claim(PARTNER, 1).get(0), "a filter");
        ledger.record(export("b", "properties_2"));
        ledger.createDeliveries();
        for (Destination destination : List.of(ARCHIVE, PARTNER)) {
            ledger.deliveries.skipped(ledger.deliveries.claim(destination, 1).get(0), "a filter");
        }
        checkAt(DEADLINE, "relay.expect.nightly.at-least", "2");
        assertThat(events())
                .extracting(Event::message)
                .singleElement()
                .asString()
                .startsWith("nightly: 1 of 2 expected exports");
    }

    /** Of 23 and of 25 hours; the deadline follows the wall clock. */
    @Test
    void daysOnWhichTheClockIsChangedAreDaysLikeOthers() {
        for (String deadline : List.of("2026-03-29T04:00:00Z", "2026-10-25T05:00:00Z")) {
            Instant at = Instant.parse(deadline);
            moveTo(at.minus(Duration.ofHours(3)));
            checkAt(at.minus(Duration.ofHours(1)));
            checkAt(at.minusSeconds(1));
            assertThat(events().get(0).kind()).isEqualTo("expectation-at-risk");
            deliver(created("a" + deadline, "properties_1", at.minusSeconds(2)), ARCHIVE, PARTNER);
            checkAt(at);
            assertThat(events().get(0).kind()).isEqualTo("expectation-met");
            assertThat(expectations.latestDecided().get("nightly").deadline()).isEqualTo(at);
        }
    }

    private void moveTo(Instant time) {
        clock.advance(Duration.between(clock.instant(), time));
    }

    private void checkAt(Instant time, String... settings) {
        moveTo(time);
        check(settings);
    }

    private void check(String... settings) {
        List<String> all = new ArrayList<>(List.of(
                "relay.expect.nightly.exports", "properties_*",
                "relay.expect.nightly.by", "06:00",
                "relay.expect.nightly.zone", "Europe/Berlin"));
        all.addAll(List.of(settings));
        RelaySettings relay = TestSettings.of(all.toArray(String[]::new));
        new ExpectationCheck(relay, new PollLease(database, "me", clock), expectations).check();
    }

    private void poll(String instance) {
        database.jdbi().useHandle(handle -> handle.execute("UPDATE poller SET owner = ?", instance));
    }

    private void deliver(Export export, Destination... to) {
        ledger.record(export);
        ledger.createDeliveries();
        deliver(to);
    }

    private void deliver(Destination... to) {
        for (Destination destination : to) {
            ledger.deliveries
                    .claim(destination, 10)
                    .forEach(delivery -> ledger.deliveries.delivered(delivery, Optional.empty()));
        }
    }

    private void fail(Destination from) {
        Delivery delivery = ledger.deliveries.claim(from, 1).get(0);
        ledger.deliveries.failed(delivery, new DeliveryException(FailureAction.PARK, "refused"), RETRIES);
    }

    private Export export(String id, String name) {
        return created(id, name, clock.instant());
    }

    private static Export created(String id, String name, Instant at) {
        List<DownloadUrl> urls = List.of(new DownloadUrl("one.csv.gz", "https://store/" + id, 100L));
        return new Export(
                id, Export.COMPLETED, name, 100, "Complete", 10L, 100L, urls, at, at, at.plus(Duration.ofDays(7)));
    }

    private List<Event> events() {
        List<Event> events = new ArrayList<>();
        new Events(database)
                .forEach(
                        new Events.Choice(
                                null,
                                null,
                                List.of("expectation-at-risk", "expectation-missed", "expectation-met"),
                                null,
                                0),
                        events::add);
        return events;
    }

    private List<AttentionItem> attention() {
        return new AttentionItems(database, clock).of(List.of(), Map.of());
    }
}
