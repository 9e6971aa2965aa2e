package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.DeliveryWindow;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.ledger.DestinationState.Pause;
import org.exportrelay.ledger.DestinationState.Window;
import org.exportrelay.ledger.DestinationSummary.Availability;
import org.exportrelay.ledger.Explanation.OfDelivery;
import org.exportrelay.ledger.Progress.Risk;
import org.exportrelay.ledger.SpooledFiles.KeptFile;
import org.jdbi.v3.core.statement.SqlLogger;
import org.jdbi.v3.core.statement.SqlStatements;
import org.junit.jupiter.api.Test;

/** A destination outside its window is held, as one that is paused; the tests begin at 17:00 in Berlin. */
class DeliveryWindowsTest extends LedgerTest {

    private static final String NIGHT = "22:00-06:00 Europe/Berlin";
    private static final Destination LINKS = links("partner", NIGHT);
    private static final Destination FILES = new Destination(
            "archive", new NamePattern("*"), true, true, RETRIES, Optional.of(DeliveryWindow.parse(NIGHT)), null, null);

    private static final Duration TO_OPENING = Duration.ofHours(5);
    private static final Duration LENGTH = Duration.ofHours(8);
    private static final Duration MARGIN = Duration.ofHours(1);

    @Test
    void nothingIsDeliveredOutsideTheWindow() {
        waiting(3);
        DueDeliveries due = new DueDeliveries(database, me.states, "me", Duration.ZERO, clock);
        assertThat(due.isAnyDue(LINKS)).isFalse();
        assertThat(deliveries.claim(LINKS, 9)).isEmpty();
        clock.advance(TO_OPENING.minusMillis(1));
        assertThat(deliveries.claim(LINKS, 9)).isEmpty();
        clock.advance(Duration.ofMillis(1));
        assertThat(due.isAnyDue(LINKS)).isTrue();
        assertThat(other("other").deliveries.claim(LINKS, 2)).hasSize(2);
        clock.advance(LENGTH);
        assertThat(deliveries.claim(LINKS, 9)).isEmpty();
        clock.advance(Duration.ofDays(1).minus(LENGTH));
        assertThat(deliveries.claim(LINKS, 9)).hasSize(1);
    }

    @Test
    void deliveriesInFlightEndAfterTheWindow() {
        waiting(3);
        clock.advance(TO_OPENING);
        List<Delivery> inFlight = deliveries.claim(LINKS, 2);
        clock.advance(LENGTH);
        assertThat(deliveries.delivered(inFlight.get(0), Optional.empty())).isTrue();
        assertThat(fail(inFlight.get(1), FailureAction.RETRY, "busy").state()).isEqualTo(DeliveryState.RETRYING);
        clock.advance(Duration.ofMinutes(1));
        assertThat(deliveries.claim(LINKS, 9)).isEmpty();
        assertThat(count(LINKS, DeliveryState.DELIVERED)).isEqualTo(1);
    }

    @Test
    void aFileIsDownloadedOutsideTheWindowAndKeptBeyondTheExpiryOfItsUrls() {
        me.record(expiring("a", clock.instant().plus(Duration.ofHours(2))));
        me.start(FILES);
        ExportFile file = me.fetchNext();
        assertThat(spooled.kept()).extracting(KeptFile::fileId).containsExactly(file.fileId());
        clock.advance(Duration.ofHours(3));
        assertThat(expiry.expire(clock.instant(), Duration.ofMinutes(15))).isEmpty();
        assertThat(spooled.releaseDone()).isEmpty();
        assertThat(spooled.drop(List.of(file.fileId()), clock.instant())).isEmpty();
        assertThat(deliveries.claim(FILES, 9)).isEmpty();
        clock.advance(Duration.ofHours(2));
        assertThat(spooled.kept()).isEmpty();
        Delivery delivery = deliveries.claim(FILES, 9).get(0);
        assertThat(delivery.attempt()).isEqualTo(1);
        assertThat(deliveries.delivered(delivery, Optional.empty())).isTrue();
    }

    @Test
    void aDestinationThatIsDownIsNotProbedOutsideTheWindow() {
        waiting(2);
        clock.advance(TO_OPENING);
        fail(deliveries.claim(LINKS, 1).get(0), FailureAction.OUTAGE, "nothing listens there");
        clock.advance(LENGTH);
        assertThat(deliveries.claim(LINKS, 9)).isEmpty();
        DestinationSummary down = summary("partner");
        assertThat(down.shortCondition()).isEqualTo("down");
        assertThat(down.condition(clock.instant()))
                .isEqualTo("down for 8h: nothing listens there; outside its window, opens at 22:00 (Europe/Berlin)");
        assertThat(explained().next())
                .startsWith("One delivery to the destination is tried at 2026-02-18T21:00:00Z (in 16h)");
        clock.advance(Duration.ofDays(1).minus(LENGTH));
        assertThat(deliveries.claim(LINKS, 9)).hasSize(1);
    }

    @Test
    void whatAnOperatorSeesNamesTheWindowAndWhenItOpens() {
        waiting(3);
        DestinationSummary closed = summary("partner");
        assertThat(closed.shortCondition()).isEqualTo("closed");
        assertThat(closed.condition(clock.instant())).isEqualTo("outside its window, opens at 22:00 (Europe/Berlin)");
        assertThat(closed.isRemarkable()).isTrue();
        assertThat(closed.availability()).isEqualTo(new Availability("partner", true, false, false, true));
        assertThat(closed.availability().condition()).isEqualTo("closed");
        OfDelivery delivery = explained();
        assertThat(delivery.cause()).isEqualTo(Cause.OUTSIDE_WINDOW);
        assertThat(delivery.reason()).isEqualTo("outside its window, opens at 22:00 (Europe/Berlin)");
        assertThat(delivery.next())
                .isEqualTo("It is delivered after the window opens at 2026-02-17T21:00:00Z (in 5h).");
        assertThat(attention()).as("it needs no action").isEmpty();
        clock.advance(TO_OPENING);
        assertThat(summary("partner").shortCondition()).isEqualTo("up");
        assertThat(explained().cause()).isEqualTo(Cause.DUE);
    }

    @Test
    void aPauseComesBeforeTheWindow() {
        waiting(1);
        DestinationControl control = new DestinationControl(database, clock);
        control.pause("partner", "ops", null);
        assertThat(control.require("partner").hold()).containsInstanceOf(Pause.class);
        assertThat(summary("partner").shortCondition()).isEqualTo("paused");
        clock.advance(TO_OPENING);
        assertThat(deliveries.claim(LINKS, 9)).isEmpty();
        clock.advance(LENGTH);
        control.resume("partner", "ops");
        assertThat(control.require("partner").hold()).containsInstanceOf(Window.class);
        assertThat(deliveries.claim(LINKS, 9)).isEmpty();
    }

    @Test
    void onlyWhatExpiresBeforeTheWindowOpensAndIsNotKeptIsAtRisk() {
        me.record(expiring("early", clock.instant().plus(TO_OPENING.minusMinutes(1))));
        me.record(expiring("late", clock.instant().plus(TO_OPENING.plusMinutes(1))));
        me.start(LINKS, FILES, links("any-time"));
        Risk links = new Risk("partner", 1, clock.instant().plus(TO_OPENING.minusMinutes(1)));
        assertThat(me.progress.atRisk(MARGIN))
                .as("files are downloaded in time")
                .containsExactly(links);
        assertThat(attention())
                .extracting(AttentionItem::cause, AttentionItem::subject, AttentionItem::text)
                .containsExactly(tuple(
                        Cause.EXPIRES_OUTSIDE_WINDOW, "partner", "1 delivery likely to expire, the first in 4h 59m"));
        assertThat(explained("early").cause()).isEqualTo(Cause.EXPIRES_OUTSIDE_WINDOW);
        assertThat(explained("early").next())
                .isEqualTo("It expires. The window opens at 2026-02-17T21:00:00Z (in 5h).");
        assertThat(explained("late").cause()).isEqualTo(Cause.OUTSIDE_WINDOW);

        clock.advance(Duration.ofHours(4));
        assertThat(me.progress.atRisk(MARGIN))
                .extracting(Risk::destination, Risk::deliveries)
                .as("less than the margin is left")
                .containsExactly(tuple("any-time", 1L), tuple("archive", 1L), tuple("partner", 1L));
        me.fetchNext();
        assertThat(me.progress.atRisk(MARGIN))
                .extracting(Risk::destination)
                .as("the file is kept")
                .containsExactly("any-time", "partner");
    }

    @Test
    void deliveriesAtRiskAreCountedInOneStatementHoweverManyDestinationsAreClosed() {
        me.record(expiring("early", clock.instant().plus(TO_OPENING.minusMinutes(1))));
        me.record(expiring("late", clock.instant().plus(TO_OPENING.plusMinutes(1))));
        me.start(
                LINKS,
                links("bank", "22:30-06:00 Europe/Berlin"),
                links("tax", "MON 10:00-11:00 UTC"),
                links("soon", "17:30-18:00 Europe/Berlin"),
                links("any-time"));
        StatementRecorder recorder = new StatementRecorder();
        try {
            database.jdbi().getConfig(SqlStatements.class).setSqlLogger(recorder);
            assertThat(me.progress.atRisk(MARGIN))
                    .extracting(Risk::destination, Risk::deliveries)
                    .containsExactly(tuple("bank", 2L), tuple("partner", 1L), tuple("tax", 2L));
            assertThat(recorder.take())
                    .as("the destinations, and their deliveries")
                    .hasSize(2);
        } finally {
            database.jdbi().getConfig(SqlStatements.class).setSqlLogger(SqlLogger.NOP_SQL_LOGGER);
        }
    }

    @Test
    void theWindowIsThatOfTheRouteThatStartedLast() {
        waiting(1);
        destinations.stop("partner");
        me.start(links("partner", "17:00-18:00 Europe/Berlin"));
        assertThat(state("partner").window())
                .contains(new Window(DeliveryWindow.parse("17:00-18:00 Europe/Berlin"), null));
        assertThat(deliveries.claim(LINKS, 1)).hasSize(1);
        destinations.stop("partner");
        me.start(links("partner"));
        assertThat(state("partner").window()).isEmpty();
    }

    @Test
    void aDestinationWithoutARouteHasNoWindow() {
        waiting(1);
        destinations.stop("partner");
        clock.advance(Duration.ofMinutes(4));
        new Instances(database, "me", "host", "1", clock).report(destinations.running());
        assertThat(summary("partner").condition(clock.instant())).isEqualTo("no route");
        assertThat(summary("partner").closed(clock.instant())).isEmpty();
    }

    /** Another instance has a newer Java. */
    @Test
    void aTimeZoneThatThisJavaDoesNotKnowIsIgnored() {
        waiting(1);
        database.jdbi()
                .useHandle(
                        handle -> handle.execute("UPDATE destination SET delivery_window = '22:00-06:00 Mars/Base'"));
        assertThat(state("partner").window()).isEmpty();
    }

    @Test
    void testsOfRoutesIgnoreWindows() {
        waiting(1);
        me.states.ignoreWindows();
        assertThat(deliveries.claim(LINKS, 1)).hasSize(1);
    }

    private static Destination links(String name, String window) {
        return new Destination(
                name,
                new NamePattern("*"),
                false,
                true,
                RETRIES,
                Optional.of(DeliveryWindow.parse(window)),
                null,
                null);
    }

    private void waiting(int exports) {
        for (int i = 0; i < exports; i++) {
            me.record(export("e" + i, "one.csv.gz"));
        }
        me.start(LINKS);
    }

    private DestinationState state(String name) {
        return me.states.of(name).orElseThrow();
    }

    private DestinationSummary summary(String name) {
        return new DestinationSummaries(database, clock)
                .all().stream()
                        .filter(summary -> summary.name().equals(name))
                        .findFirst()
                        .orElseThrow();
    }

    private OfDelivery explained() {
        return explained("e0");
    }

    private OfDelivery explained(String export) {
        return new Explanations(database, clock)
                .of(export).get(0).deliveries().stream()
                        .filter(delivery -> delivery.row().destination().equals("partner"))
                        .findFirst()
                        .orElseThrow();
    }

    private List<AttentionItem> attention() {
        return new AttentionItems(database, clock)
                .of(new DestinationSummaries(database, clock).all(), Map.<String, Risk>of());
    }
}
