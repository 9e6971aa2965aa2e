package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.exportrelay.api.RejectedEntry;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.ledger.Explanation.OfDelivery;
import org.junit.jupiter.api.Test;

/** What {@code explain} says, for whatever an operator has at hand. */
class ExplanationsTest extends LedgerTest {

    @Test
    void findsByTheIdOfADeliveryAnExportOrAFileAndByItsNames() {
        me.record(export("a-1", "one.csv.gz", "two.csv.gz"));
        me.record(export("b-2", "one.csv.gz"));
        me.start(links("x"), links("y"));
        Delivery delivery = deliveries.claim(links("x"), 1).get(0);
        assertThat(explain(delivery.deliveryId()).get(0).deliveries()).hasSize(1);
        assertThat(explain("a-1").get(0).deliveries()).hasSize(4);
        assertThat(explain(Long.toString(delivery.file().fileId())).get(0).deliveries())
                .hasSize(2);
        assertThat(explain("one.csv.gz")).extracting(Explanation::exportId).containsExactly("b-2", "a-1");
        assertThat(explain("one.a-1.csv.gz")).singleElement().satisfies(found -> assertThat(found.deliveries())
                .hasSize(2));
        assertThat(explain("nothing")).isEmpty();
        assertThat(explain("none.a-1.csv.gz")).isEmpty();
        assertThat(explain("99999999999999999")).isEmpty();
    }

    @Test
    void aParkedDeliveryTellsItsEventsInOrderAndUntilWhenAReplayWorks() {
        me.record(export("a", "one.csv.gz"));
        me.start(links("x"));
        fail(deliveries.claim(links("x"), 1).get(0), FailureAction.RETRY, "busy");
        clock.advance(Duration.ofMinutes(1));
        fail(deliveries.claim(links("x"), 1).get(0), FailureAction.PARK, "the name is refused");
        Explanation found = explain("a").get(0);
        assertThat(found.events()).extracting(Event::kind).containsExactly("attempt-failed", "parked");
        OfDelivery parked = found.deliveries().get(0);
        assertThat(parked.cause()).isEqualTo(Cause.PARKED);
        assertThat(parked.reason()).isEqualTo("the name is refused");
        assertThat(parked.loss())
                .isEqualTo("The delivery, when its URLs expire at 2026-02-24T15:30:00Z (in 6d 23h): replay works until"
                        + " then.");
        assertThat(parked.action()).isEqualTo("Fix the reason, then run 'replay --destination x'.");
        clock.advance(Duration.ofDays(8));
        OfDelivery late = explain("a").get(0).deliveries().get(0);
        assertThat(late.loss()).startsWith("The delivery is lost, unless you run the export again");
        assertThat(late.action()).isEqualTo("Run the export again at the vendor.");
    }

    @Test
    void aDeliveryThatWaitsSaysForWhatAndWhenItExpires() {
        me.record(export("a", "one.csv.gz"));
        me.start(files("x"), links("y"));
        assertThat(only("x").cause()).isEqualTo(Cause.WAITS_FOR_DOWNLOAD);
        assertThat(only("y").cause()).isEqualTo(Cause.DUE);
        assertThat(only("y").loss())
                .isEqualTo("The delivery expires at 2026-02-24T15:30:00Z (in 6d 23h), unless it is" + " made before.");
        me.fetchNext();
        assertThat(only("x").cause()).isEqualTo(Cause.DUE);
        assertThat(only("x").loss()).startsWith("Nothing: the spool has the file");
        Delivery claimed = deliveries.claim(files("x"), 1).get(0);
        assertThat(only("x").cause()).isEqualTo(Cause.IN_FLIGHT);
        fail(claimed, FailureAction.RETRY, "busy");
        assertThat(only("x").cause()).isEqualTo(Cause.RETRYING);
        assertThat(only("x").next()).isEqualTo("Attempt 2 at 2026-02-17T16:00:05Z (in 5s).");
        new DestinationControl(database, clock).pause("x", "ann", "ticket 7");
        assertThat(only("x").cause()).isEqualTo(Cause.PAUSED);
        assertThat(only("x").reason()).isEqualTo("paused for 0s by ann: ticket 7");
        assertThat(only("x").action()).isEqualTo("To end the pause, run 'resume x'.");
    }

    @Test
    void oneOfADestinationThatIsDownSaysWhenItIsTriedNext() {
        me.record(export("a", "one.csv.gz"));
        me.start(links("x"));
        fail(deliveries.claim(links("x"), 1).get(0), FailureAction.OUTAGE, "nothing listens there");
        OfDelivery waiting = only("x");
        assertThat(waiting.cause()).isEqualTo(Cause.DOWN);
        assertThat(waiting.reason()).isEqualTo("down for 0s: nothing listens there");
        assertThat(waiting.next())
                .startsWith("One delivery to the destination is tried at 2026-02-17T16:00:05Z (in 5s)");
    }

    @Test
    void whatHasEndedNeedsNothing() {
        me.record(export("a", "one.csv.gz"));
        me.start(links("x"));
        deliveries.delivered(deliveries.claim(links("x"), 1).get(0), Optional.of("file:/archive/one"));
        assertThat(only("x").cause()).isEqualTo(Cause.DELIVERED);
        assertThat(only("x").loss()).isEqualTo("Nothing.");
        assertThat(only("x").row().location()).isEqualTo("file:/archive/one");
        new Replay(database, clock).replay(new Replay.Choice(null, null, null, Set.of(DeliveryState.DELIVERED)), "ann");
        assertThat(explain("a").get(0).events()).extracting(Event::actor).containsExactly("ann");
    }

    @Test
    void anExportWithoutDeliveriesSaysWhy() {
        me.recorder.reject(new RejectedEntry("bad", "it has no status"));
        me.recorder.recordFailed(List.of(export("broken")));
        me.record(export("late"));
        me.record(export("unwanted", "one.csv.gz"));
        assertThat(note("bad")).isEqualTo(Cause.REJECTED);
        assertThat(note("broken")).isEqualTo(Cause.EXPORT_FAILED);
        assertThat(note("late")).isEqualTo(Cause.WITHOUT_URLS);
        assertThat(note("unwanted")).isEqualTo(Cause.NOT_WANTED);
    }

    @Test
    void everyCauseIsInTheDocumentation() throws Exception {
        String page = Files.readString(Path.of("docs/operating.md"));
        for (Cause cause : Cause.values()) {
            assertThat(page)
                    .contains("| " + cause.meaning() + " | " + cause.action().replaceAll("'([^']*)'", "`$1`") + " |");
        }
    }

    private OfDelivery only(String destination) {
        return explain("a").get(0).deliveries().stream()
                .filter(delivery -> delivery.row().destination().equals(destination))
                .findFirst()
                .orElseThrow();
    }

    private Cause note(String exportId) {
        return explain(exportId).get(0).notes().get(0).cause();
    }

    private List<Explanation> explain(String id) {
        return new Explanations(database, clock).of(id);
    }
}
