package org.exportrelay.download;

import static org.assertj.core.api.Assertions.assertThat;

import org.exportrelay.api.DownloadUrl;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.ledger.Progress;
import org.junit.jupiter.api.Test;

/** What a download must be before a destination gets it. */
class DownloadedContentTest extends DownloadTest {

    @Test
    void downloadsOnceMoreAfterBadContent() {
        store.answer("/a", gzip(CORRUPT), gzip(TWO_RECORDS));
        start(ARCHIVE);
        list(export("e1", 2L, file("a.csv.gz", "/a", TWO_RECORDS)));

        Delivery delivery = awaitDelivery(ARCHIVE);
        assertThat(delivery.attempt()).isEqualTo(1);
        assertThat(store.requests("/a")).isEqualTo(2);
        assertThat(relay.spool.complete(delivery.file().fileId())).hasBinaryContent(TWO_RECORDS);
    }

    @Test
    void parksWhatIsCorruptTwice() {
        store.answer("/a", gzip(CORRUPT));
        start(ARCHIVE, PARTNER);
        list(export("e1", 2L, file("a.csv.gz", "/a", TWO_RECORDS)));

        Progress.UndeliveredItem undelivered = awaitUndelivered(ARCHIVE, DeliveryState.PARKED);
        assertThat(undelivered.error())
                .startsWith("a.csv.gz is not intact gzip (")
                .contains("in two downloads")
                .contains("run the export again");
        assertThat(undelivered.attempts()).isEqualTo(1);
        awaitUndelivered(PARTNER, DeliveryState.PARKED);
        assertThat(store.requests("/a")).isEqualTo(2);
        assertThat(spooled()).isEmpty();
    }

    @Test
    void parksAFileOfAnotherSizeThanListed() {
        store.answer("/a", gzip(TWO_RECORDS));
        start(ARCHIVE);
        list(export("e1", 2L, new DownloadUrl("a.csv.gz", url("/a"), 5_000L)));
        assertThat(awaitUndelivered(ARCHIVE, DeliveryState.PARKED).error())
                .contains("a.csv.gz has " + TWO_RECORDS.length + " bytes, the API listed 5,000");
    }

    @Test
    void parksAnExportWhoseFilesTogetherHaveTooFewRecords() {
        store.answer("/a", gzip(TWO_RECORDS));
        store.answer("/b", gzip(TWO_RECORDS));
        start(ARCHIVE);
        list(export("e1", 5L, file("a.csv.gz", "/a", TWO_RECORDS), file("b.csv.gz", "/b", TWO_RECORDS)));

        assertThat(awaitUndelivered(ARCHIVE, DeliveryState.PARKED).error())
                .startsWith("export e1 has 4 records, the API listed 5, in two downloads");
        assertThat(count(ARCHIVE, DeliveryState.PARKED)).isEqualTo(2);
        assertThat(store.requests("/a")).isEqualTo(2);
        assertThat(spooled()).isEmpty();
    }

    @Test
    void acceptsAnExportWhoseFilesTogetherHaveAllRecords() {
        store.answer("/a", gzip(TWO_RECORDS));
        store.answer("/b", gzip(TWO_RECORDS));
        start(ARCHIVE);
        list(export("e1", 4L, file("a.csv.gz", "/a", TWO_RECORDS), file("b.csv.gz", "/b", TWO_RECORDS)));
        awaitDelivery(ARCHIVE);
        awaitDelivery(ARCHIVE);
        assertThat(store.requests()).hasSize(2);
    }
}
