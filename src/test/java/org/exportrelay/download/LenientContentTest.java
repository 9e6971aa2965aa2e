package org.exportrelay.download;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.records.ExportRecord;
import org.exportrelay.records.RecordBatches;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Content that may be read in two ways, from the store to the records of a delivery. */
class LenientContentTest extends DownloadTest {

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '\'',
            nullValues = "unknown",
            value = {
                "'email\na@x\n\nb@x\n', 2, 'a@x b@x'",
                "'email\na@x\n\nb@x\n', 3, 'a@x  b@x'",
                "'email\na@x\n\nb@x\n', unknown, 'a@x b@x'",
                "'email\r\na@x\r\n\r\n\r\n', 3, 'a@x  '",
                "'email\r\na@x\r\n\r\n\r\n', 1, 'a@x'",
                "'\uFEFF\"e\nmail\"\n\nb@x\n', 2, ' b@x'",
                "'\uFEFF\"e\nmail\"\n\nb@x\n', 1, 'b@x'",
            })
    void acceptsTheRecordsThatEitherReadingOfEmptyLinesGives(String csv, Long listed, String values)
            throws IOException {
        byte[] content = TestFiles.gzip(csv);
        store.answer("/a", gzip(content));
        start(ARCHIVE);
        list(export("e1", listed, file("a.csv.gz", "/a", content)));
        Delivery delivery = awaitDelivery(ARCHIVE);
        assertThat(store.requests("/a")).isEqualTo(1);
        assertThat(String.join(" ", values(delivery))).isEqualTo(values);
    }

    @Test
    void addsUpTheEmptyLinesOfAllFilesOfAnExport() throws IOException {
        byte[] first = TestFiles.gzip("email\na@x\n\n");
        byte[] second = TestFiles.gzip("email\n\nb@x\n");
        store.answer("/a", gzip(first));
        store.answer("/b", gzip(second));
        start(ARCHIVE);
        list(export("e1", 4L, file("a.csv.gz", "/a", first), file("b.csv.gz", "/b", second)));
        assertThat(List.of(values(awaitDelivery(ARCHIVE)), values(awaitDelivery(ARCHIVE))))
                .containsExactlyInAnyOrder(List.of("a@x", ""), List.of("", "b@x"));
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '\'',
            value = {"'email\na@x\n\nb@x\n', 4", "'id,email\n1,a@x\n\n2,b@x\n', 3"})
    void parksAFileThatHasTooFewRecordsInEitherReading(String csv, long listed) {
        byte[] content = TestFiles.gzip(csv);
        store.answer("/a", gzip(content));
        start(ARCHIVE);
        list(export("e1", listed, file("a.csv.gz", "/a", content)));
        assertThat(awaitUndelivered(ARCHIVE, DeliveryState.PARKED).error())
                .startsWith("export e1 has 2 records, the API listed " + listed + ", in two downloads");
    }

    private List<String> values(Delivery delivery) throws IOException {
        List<String> values = new ArrayList<>();
        try (RecordBatches batches = RecordBatches.open(
                relay.spool.complete(delivery.file().fileId()),
                delivery.file().filename(),
                10,
                delivery.file().records())) {
            while (batches.hasNext()) {
                for (ExportRecord row : batches.next()) {
                    values.addAll(row.values());
                }
            }
        }
        return values;
    }
}
