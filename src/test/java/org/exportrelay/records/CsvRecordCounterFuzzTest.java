package org.exportrelay.records;

import static org.assertj.core.api.Assertions.assertThat;

import de.siegmar.fastcsv.reader.CsvReader;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

class CsvRecordCounterFuzzTest {

    @Property(tries = 2000)
    void agreesWithFastCsvOnWellFormedFilesHoweverTheyAreCut(
            @ForAll("wellFormed") String csv, @ForAll @IntRange(min = 1, max = 9) int piece) {
        long expected = CsvReader.builder().allowExtraFields(true).allowMissingFields(true).ofCsvRecord(csv).stream()
                .count();
        assertThat(count(csv.getBytes(StandardCharsets.UTF_8), piece)).isEqualTo(expected);
    }

    @Property(tries = 2000)
    void agreesWithFastCsvOnEmptyLinesOfOneColumn(
            @ForAll("oneColumn") String csv, @ForAll @IntRange(min = 1, max = 9) int piece) {
        long expected = CsvReader.builder().skipEmptyLines(false).ofCsvRecord(csv).stream()
                .count();
        CsvRecordCounter counter = counter(csv.getBytes(StandardCharsets.UTF_8), piece);
        assertThat(counter.lines() + counter.emptyRecords()).isEqualTo(expected);
    }

    @Property(tries = 2000)
    void countsTheSameHoweverAnyBytesAreCut(@ForAll byte[] bytes, @ForAll @IntRange(min = 1, max = 9) int piece) {
        assertThat(count(bytes, piece))
                .isEqualTo(count(bytes, bytes.length + 1))
                .isBetween(0L, bytes.length + 0L);
    }

    @Provide
    Arbitrary<String> wellFormed() {
        Arbitrary<String> field = Arbitraries.oneOf(
                Arbitraries.strings()
                        .excludeChars('"', ',', '\r', '\n', '\uFEFF')
                        .ofMaxLength(8),
                Arbitraries.strings()
                        .ofMaxLength(8)
                        // A carriage return alone misleads FastCSV; see RecordBatchesTest.
                        .filter(text -> !text.replace("\r\n", "").contains("\r"))
                        .map(text -> '"' + text.replace("\"", "\"\"") + '"'),
                Arbitraries.of("\"\"", "\"a\r\nb\"", "\"\"\"\""));
        Arbitrary<String> record = field.list().ofMinSize(1).ofMaxSize(5).map(fields -> String.join(",", fields));
        return record.list().ofMaxSize(8).flatMap(records -> Arbitraries.of("\n", "\r\n", "\r")
                .map(end -> String.join(end, records) + end));
    }

    @Provide
    Arbitrary<String> oneColumn() {
        return Arbitraries.of("", "", "\"\"", "a", "\"b\n\nc\"", " ")
                .list()
                .ofMaxSize(9)
                .flatMap(values ->
                        Arbitraries.of("\n", "\r\n", "\r").map(end -> "id" + end + String.join(end, values) + end));
    }

    private static long count(byte[] bytes, int piece) {
        return counter(bytes, piece).lines();
    }

    private static CsvRecordCounter counter(byte[] bytes, int piece) {
        CsvRecordCounter counter = new CsvRecordCounter();
        for (int at = 0; at < bytes.length; at += piece) {
            counter.accept(bytes, at, Math.min(piece, bytes.length - at));
        }
        return counter;
    }
}
