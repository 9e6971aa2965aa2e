package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.VerifiedFile;
import org.junit.jupiter.api.Test;

/** What a delivery links to, on each database. */
class TraceContextsTest extends LedgerTest {

    private static final String POLL = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    private static final String LATER_POLL = "00-1af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    private static final String DOWNLOAD = "00-2af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    @Test
    void aDeliveryFindsThePollThatFoundItsExportAndTheDownloadOfItsFileInAnotherInstanceToo() {
        me.recorder.record(List.of(export("a", "one.csv.gz")), Optional.of(POLL));
        // A poll that lists it again has not found it.
        me.recorder.record(List.of(export("a", "one.csv.gz")), Optional.of(LATER_POLL));
        me.start(files("x"));
        assertThat(new TraceContexts(database).ofExport("a")).containsExactly(POLL);
        List<Long> fileIds = me.claimExports(1).get(0).fileIds();
        new TraceContexts(database).downloaded(fileIds, DOWNLOAD);
        me.ready(List.of(new VerifiedFile(fileIds.get(0), "ab", 7L)));
        Delivery delivery = me.deliveries.claim(files("x"), 1).get(0);
        assertThat(new TraceContexts(database).ofFile(delivery.file().fileId())).containsExactly(POLL, DOWNLOAD);
    }

    @Test
    void anExportThatWasFoundWithoutTracingHasNothingToLinkTo() {
        me.record(export("a", "one.csv.gz"));
        me.start(links("x"));
        Delivery delivery = me.deliveries.claim(links("x"), 1).get(0);
        TraceContexts contexts = new TraceContexts(database);
        assertThat(contexts.ofFile(delivery.file().fileId())).isEmpty();
        assertThat(contexts.ofExport("a")).isEmpty();
        assertThat(contexts.ofExport("unknown")).isEmpty();
    }

    /** During a rolling upgrade it knows nothing of the column. */
    @Test
    void anInstanceOfTheVersionBeforeRecordsExportsWithoutTheColumn() throws Exception {
        database.jdbi()
                .useHandle(handle -> handle.execute("INSERT INTO export (export_id, status, first_seen_at) VALUES ('a',"
                        + " 'completed', '2026-02-17T16:00:00.000000Z')"));
        assertThat(new TraceContexts(database).ofExport("a")).isEmpty();
    }
}
