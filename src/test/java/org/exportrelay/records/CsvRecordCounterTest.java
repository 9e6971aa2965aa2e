package org.exportrelay.records;

import static org.assertj.core.api.Assertions.assertThat;

import de.siegmar.fastcsv.reader.CsvReader;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CsvRecordCounterTest {

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '\'',
            value = {
                "'', 0",
                "'a,b', 1",
                "'a,b\n', 1",
                "'a,b\r\n1,2\r\n', 2",
                "'a\n\n\nb\n', 2",
                "'a,\"x\ny\"\n1,2', 2",
                "'a,\"x\r\n\"\"quoted\"\"\r\ny\"\r\n', 1",
                "'\"\",\n', 1",
                "'a\rb\r', 2",
                "'5\" pipe,x\n', 1",
            })
    void countsRecordsAsRfc4180HasThem(String csv, long lines) {
        assertThat(count(csv.getBytes(StandardCharsets.UTF_8), Integer.MAX_VALUE))
                .isEqualTo(lines);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '\'',
            value = {
                "'email\na@x\n\nb@x\n', 1",
                "'email\r\na@x\r\n\r\n\r\nb@x', 2",
                "'email\r\ra@x\r\r', 2",
                "'email\n\n\n', 2",
                "'\n\r\n\remail\n', 0",
                "'email\n\"\"\n\"\n\n\"\n', 0",
                "'email,city\n\n\n', 0",
                "'\"a,b\"\n\n\n', 2",
                "'\uFEFF\nemail\n\n', 1",
                "'', 0",
            })
    void countsTheEmptyLinesAfterAHeaderOfOneColumnSeparately(String csv, long emptyRecords) {
        for (int piece = 1; piece < 5; piece++) {
            assertThat(counter(csv.getBytes(StandardCharsets.UTF_8), piece).emptyRecords())
                    .isEqualTo(emptyRecords);
        }
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '\'',
            value = {
                "'\uFEFF\"two\nlines\",b\n1,2\n', 2",
                "'\uFEFF\"a\"\"\r\n\"\r\n1\r\n', 2",
                "'\uFEFF', 0",
                "'\uFEFF\n\n', 0",
                "'\uFEFFa', 1",
                "'\uFEFE\"x\n\"\n', 2",
                "'\uF000', 1",
            })
    void takesAByteOrderMarkForNoPartOfTheFirstField(String csv, long lines) {
        for (int piece = 1; piece < 5; piece++) {
            assertThat(count(csv.getBytes(StandardCharsets.UTF_8), piece)).isEqualTo(lines);
        }
    }

    @Test
    void noticesAnEndInsideQuotes() {
        CsvRecordCounter counter = new CsvRecordCounter();
        byte[] cut = "a,b\n1,\"cut".getBytes(StandardCharsets.UTF_8);
        counter.accept(cut, 0, cut.length);
        assertThat(counter.endsInsideQuotes()).isTrue();
    }

    @Test
    void countsAFieldOfAHundredMegabytesAndARecordOfTenThousandColumns() {
        CsvRecordCounter counter = new CsvRecordCounter();
        byte[] lines = "\n,x\"\"".repeat(20_000).getBytes(StandardCharsets.UTF_8);
        counter.accept(new byte[] {'"'}, 0, 1);
        for (int i = 0; i < 1_000; i++) {
            counter.accept(lines, 0, lines.length);
        }
        byte[] columns = ("\"\n" + "1,".repeat(10_000) + "\n").getBytes(StandardCharsets.UTF_8);
        counter.accept(columns, 0, columns.length);
        assertThat(counter.lines()).isEqualTo(2);
    }

    @Test
    void agreesWithFastCsvOnAnyWellFormedFileHoweverItIsCut() {
        Random random = new Random(4180);
        for (int i = 0; i < 2_000; i++) {
            String csv = randomCsv(random);
            long expected =
                    CsvReader.builder().allowExtraFields(true).allowMissingFields(true).ofCsvRecord(csv).stream()
                            .count();
            assertThat(count(csv.getBytes(StandardCharsets.UTF_8), 1 + random.nextInt(7)))
                    .as(csv)
                    .isEqualTo(expected);
        }
    }

    private static String randomCsv(Random random) {
        StringBuilder csv = new StringBuilder();
        String[] fields = {"a", "1", "", "\"q\"", "\"x,y\"", "\"l\nm\"", "\"l\r\nm\"", "\"\"\"\"", "ż", "\"\""};
        for (int row = random.nextInt(6); row >= 0; row--) {
            for (int field = random.nextInt(4); field >= 0; field--) {
                csv.append(fields[random.nextInt(fields.length)]).append(field == 0 ? "" : ",");
            }
            csv.append(row == 0 && random.nextBoolean() ? "" : random.nextBoolean() ? "\n" : "\r\n");
        }
        return csv.toString();
    }

    private static long count(byte[] csv, int piece) {
        return counter(csv, piece).lines();
    }

    private static CsvRecordCounter counter(byte[] csv, int piece) {
        CsvRecordCounter counter = new CsvRecordCounter();
        for (int from = 0; from < csv.length; from += Math.min(piece, csv.length - from)) {
            counter.accept(csv, from, Math.min(piece, csv.length - from));
        }
        return counter;
    }
}
