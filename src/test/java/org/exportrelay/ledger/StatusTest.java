package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.exportrelay.api.RejectedEntry;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.ExportFile;
import org.junit.jupiter.api.Test;

/** What the ledger shows of exports and deliveries. */
class StatusTest extends LedgerTest {

    @Test
    void showsEveryExportFileAndDelivery() {
        me.record(export("a", "one.csv.gz", "two.csv.gz"));
        me.record(export("late"));
        me.recorder.reject(new RejectedEntry("bad", "it has no status"));
        me.start(links("x"));
        me.start(links("y"));
        deliveries.delivered(deliveries.claim(links("x"), 1).get(0), Optional.empty());
        Status status = new Status(database);
        List<Status.Row> rows = new ArrayList<>();
        status.forEach(rows::add);
        assertThat(rows).hasSize(5);
        assertThat(rows)
                .filteredOn(row -> row.exportId().equals("late"))
                .singleElement()
                .satisfies(row -> assertThat(row.fileId()).isNull());
        assertThat(status.totals()).containsEntry(DeliveryState.DELIVERED, 1L).containsEntry(DeliveryState.PENDING, 3L);
        assertThat(status.rejected()).containsExactly(new RejectedEntry("bad", "it has no status"));
        assertThat(status.rejected(1)).isEqualTo(status.rejected());
    }

    @Test
    void listsWhatIsLikelyToExpireFirst() {
        me.record(expiring("soon", clock.instant().plus(Duration.ofMinutes(50))));
        me.record(expiring("later", clock.instant().plus(Duration.ofDays(3))));
        me.start(files("x"));
        me.start(links("y"));
        assertThat(me.progress.atRisk(Duration.ofHours(1)))
                .containsExactly(
                        new Progress.Risk("x", 1, clock.instant().plus(Duration.ofMinutes(50))),
                        new Progress.Risk("y", 1, clock.instant().plus(Duration.ofMinutes(50))));
        assertThat(me.progress.expiring())
                .containsEntry("x", new Progress.Risk("x", 2, clock.instant().plus(Duration.ofMinutes(50))))
                .containsEntry("y", new Progress.Risk("y", 2, clock.instant().plus(Duration.ofMinutes(50))));
        ExportFile file = me.fetchNext();
        assertThat(me.progress.expiring())
                .containsEntry("x", new Progress.Risk("x", 1, clock.instant().plus(Duration.ofDays(3))))
                .containsEntry("y", new Progress.Risk("y", 2, clock.instant().plus(Duration.ofMinutes(50))));
        assertThat(me.progress.atRisk(Duration.ofHours(1)))
                .extracting(Progress.Risk::destination)
                .containsExactly("y");
    }
}
