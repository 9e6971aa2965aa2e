package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.ledger.ExportList.Choice;
import org.exportrelay.ledger.Status.Row;
import org.junit.jupiter.api.Test;

/** Lists that are read page by page have each item once, also while others are added. */
class PagesTest extends LedgerTest {

    private static final Choice ALL = new Choice(null, null, Set.of());
    private static final Destination PARTNER = links("partner");
    private static final Destination ARCHIVE = links("archive");

    @Test
    void pagesOfDeliveriesHaveEachOnceInTheOrderOfTheWholeList() {
        fill(7);
        for (Set<DeliveryState> states : List.of(
                Set.<DeliveryState>of(),
                Set.of(DeliveryState.PARKED),
                Set.of(DeliveryState.PENDING, DeliveryState.PARKED))) {
            for (String destination : new String[] {null, "partner"}) {
                List<String> whole = new ArrayList<>();
                new Status(database)
                        .forEach(
                                new Status.Choice(null, destination, states, null, 500),
                                row -> whole.add(row.deliveryId()));
                List<String> paged = new ArrayList<>();
                Status.Position[] after = new Status.Position[1];
                int before;
                do {
                    before = paged.size();
                    new Status(database)
                            .forEach(new Status.Choice(null, destination, states, null, 3, after[0]), row -> {
                                paged.add(row.deliveryId());
                                after[0] = new Status.Position(row.fileId(), row.destination());
                            });
                } while (paged.size() > before);
                assertThat(paged).isNotEmpty().isEqualTo(whole);
            }
        }
    }

    @Test
    void pagesOfEventsHaveEachOnceAlsoThoseOfTheSameMoment() {
        IntStream.range(0, 10).forEach(i -> {
            new EventLog(database, clock).append(EventKind.API_REFUSED, "event " + i, Map.of());
            if (i % 4 == 0) {
                clock.advance(Duration.ofMillis(1));
            }
        });
        List<String> paged = new ArrayList<>();
        Events.Position[] before = new Events.Position[1];
        int size;
        do {
            size = paged.size();
            new Events(database)
                    .forEach(new Events.Choice(null, null, List.of("api-refused"), null, 3, before[0]), event -> {
                        paged.add(event.message());
                        before[0] = new Events.Position(event.at(), event.id());
                    });
        } while (paged.size() > size);
        assertThat(paged)
                .isEqualTo(
                        IntStream.range(0, 10).mapToObj(i -> "event " + (9 - i)).toList());
    }

    @Test
    void pagesOfExportsHaveEachOnceWithAllItsFilesAndDeliveries() {
        fill(5);
        me.record(export("many", "one.csv.gz", "two.csv.gz", "three.csv.gz"));
        me.createDeliveries();
        List<List<Row>> exports = pages(ALL, 2);
        assertThat(exports.stream().map(rows -> rows.get(0).exportId()))
                .containsExactly("many", "e4", "e3", "e2", "e1", "e0");
        assertThat(exports.get(0)).hasSize(6).extracting(Row::filename).contains("one.csv.gz", "three.csv.gz");
        assertThat(pages(ALL, 100)).isEqualTo(exports);
    }

    @Test
    void anExportThatIsAddedBetweenPagesMovesNoOther() {
        fill(4);
        ExportList list = new ExportList(database);
        ExportList.Page first = list.page(ALL, Long.MAX_VALUE, 2);
        me.record(export("new", "one.csv.gz"));
        ExportList.Page second = list.page(ALL, first.next(), 2);
        assertThat(ids(first)).containsExactly("e3", "e2");
        assertThat(ids(second)).containsExactly("e1", "e0");
        assertThat(second.next()).isNull();
    }

    @Test
    void exportsAreChosenByTheirNameTheirFilesTheirDestinationAndStates() {
        fill(6);
        me.record(export("other", "people_2026.csv.gz"));
        me.createDeliveries();
        assertThat(chosen(new Choice(new NamePattern("people_*"), null, Set.of())))
                .containsExactly("other");
        assertThat(chosen(new Choice(new NamePattern("properties_export"), null, Set.of())))
                .hasSize(7);
        assertThat(chosen(new Choice(new NamePattern("%' OR 1=1 --"), null, Set.of())))
                .isEmpty();
        assertThat(chosen(new Choice(null, "partner", Set.of(DeliveryState.PARKED))))
                .containsExactly("e4", "e2", "e0");
        assertThat(chosen(new Choice(null, "archive", Set.of(DeliveryState.PARKED))))
                .isEmpty();
        assertThat(chosen(new Choice(null, "archive", Set.of()))).hasSize(7);
        assertThat(chosen(new Choice(new NamePattern("people*"), "archive", Set.of(DeliveryState.PENDING))))
                .containsExactly("other");
    }

    @Test
    void anExportWithSeveralFailedFilesIsOnOnePage() {
        me.start(PARTNER);
        for (String id : List.of("a", "b", "c")) {
            me.record(export(id, "one.csv.gz", "two.csv.gz"));
        }
        me.createDeliveries();
        park(PARTNER, 6);
        assertThat(chosen(new Choice(null, null, Set.of(DeliveryState.PARKED)))).containsExactly("c", "b", "a");
        assertThat(chosen(new Choice(new NamePattern("one*"), null, Set.of(DeliveryState.PARKED))))
                .as("by the name of an older file")
                .containsExactly("c", "b", "a");
    }

    @Test
    void theInstanceThatPollsIsMarkedAndOneThatIsGoneIsNot() {
        Instances one = new Instances(database, "me", "host", "1", clock);
        one.report(List.of());
        new PollLease(database, "me", clock).begin(Duration.ofMinutes(1), true);
        clock.advance(Duration.ofMinutes(5));
        new Instances(database, "other", "host", "1", clock).report(List.of());
        assertThat(new InstanceList(database, clock).all())
                .extracting(InstanceList.Running::id, InstanceList.Running::isRunning, InstanceList.Running::polls)
                .containsExactly(tuple("other", true, false), tuple("me", false, true));
    }

    private List<String> chosen(Choice choice) {
        return pages(choice, 2).stream().map(rows -> rows.get(0).exportId()).toList();
    }

    private List<List<Row>> pages(Choice choice, int most) {
        List<List<Row>> exports = new ArrayList<>();
        Long before = Long.MAX_VALUE;
        while (before != null) {
            ExportList.Page page = new ExportList(database).page(choice, before, most);
            assertThat(page.exports()).hasSizeLessThanOrEqualTo(most);
            exports.addAll(page.exports());
            before = page.next();
        }
        return exports;
    }

    private static List<String> ids(ExportList.Page page) {
        return page.exports().stream().map(rows -> rows.get(0).exportId()).toList();
    }

    /** Exports with a file each, for two destinations; every second one is parked at one of them. */
    private void fill(int exports) {
        me.start(PARTNER, ARCHIVE);
        for (int i = 0; i < exports; i++) {
            me.record(export("e" + i, "one.csv.gz"));
            me.createDeliveries();
            if (i % 2 == 0) {
                park(PARTNER, 1);
            } else {
                deliveries.claim(PARTNER, 1).forEach(delivery -> deliveries.delivered(delivery, Optional.empty()));
            }
        }
    }

    private void park(Destination destination, int most) {
        deliveries
                .claim(destination, most)
                .forEach(delivery ->
                        deliveries.failed(delivery, new DeliveryException(FailureAction.PARK, "refused"), RETRIES));
    }
}
