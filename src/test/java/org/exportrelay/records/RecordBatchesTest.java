package org.exportrelay.records;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RecordBatchesTest {

    @TempDir
    private Path directory;

    @Test
    void givesEachRowAsAJsonObjectUnderTheHeadersNames() throws IOException {
        assertThat(json("id,name,notes\r\n1,\"Müller, \"\"Bob\"\" 🏡\",\"two\r\nlines\"\r\n2,,\r\n"))
                .containsExactly(
                        "{\"id\":\"1\",\"name\":\"Müller, \\\"Bob\\\" 🏡\",\"notes\":\"two\\r\\nlines\"}",
                        "{\"id\":\"2\",\"name\":\"\",\"notes\":\"\"}");
    }

    @Test
    void isAMapToARouteAndToJackson() throws IOException {
        ExportRecord row = rows("id,name\n1,x\n").get(0);
        assertThat(row).containsExactly(Map.entry("id", "1"), Map.entry("name", "x"));
        assertThat(row.get("name")).isEqualTo("x");
        assertThat(row.get("none")).isNull();
        assertThat(new ObjectMapper().writeValueAsString(List.of(row))).isEqualTo("[{\"id\":\"1\",\"name\":\"x\"}]");
    }

    @Test
    void leavesOutAByteOrderMarkAndEmptyLines() throws IOException {
        assertThat(json("\uFEFF\"id\",name\n\n1,x\n\n")).containsExactly("{\"id\":\"1\",\"name\":\"x\"}");
    }

    @Test
    void readsAQuotedHeaderWithALineBreakBehindAByteOrderMark() throws IOException {
        assertThat(json("\uFEFF\"two\nlines\",name\n1,x\n")).containsExactly("{\"two\\nlines\":\"1\",\"name\":\"x\"}");
        assertThat(json("\uFEFF\r\n\"id\"\n1\n")).containsExactly("{\"id\":\"1\"}");
        assertThat(json("\uFEFF")).isEmpty();
    }

    @Test
    void readsAnEmptyLineOfOneColumnAsTheExpectedNumberOfRecordsHasIt() throws IOException {
        String csv = "email\na@x\n\nb@x\n";
        assertThat(values(csv, 2L)).containsExactly("a@x", "b@x");
        assertThat(values(csv, 3L)).containsExactly("a@x", "", "b@x");
        assertThat(values(csv, null)).containsExactly("a@x", "b@x");
        assertThat(values("\uFEFF\r\nemail\r\n\r\n\r\n", 2L)).containsExactly("", "");
        assertThat(values("email\n\n\n", 0L)).isEmpty();
        assertThat(values("\"\"\n\"\"\n\n", 2L)).containsExactly("", "");
        assertThat(values("\"\"\n\"\"\n\n", 1L)).containsExactly("");
        assertThatThrownBy(() -> values(csv, 4L))
                .isInstanceOf(BadRecordsException.class)
                .hasMessage("x.csv.gz gives 2 records, but 4 were counted in it");
    }

    @Test
    void takesNoEmptyLineOfSeveralColumnsForARecord() throws IOException {
        assertThat(all(open("id,name\n1,x\n\n2,y\n\n", 10, 2L))).hasSize(2);
        assertThatThrownBy(() -> all(open("id,name\n1,x\n\n2,y\n", 10, 3L))).isInstanceOf(BadRecordsException.class);
    }

    @Test
    void readsAllGzipMembersAndRefusesADamagedOne() throws IOException {
        byte[] second = gzip("2\n");
        Path file = Files.write(directory.resolve("members"), gzip("id\n1\n"));
        Files.write(file, second, StandardOpenOption.APPEND);
        assertThat(all(RecordBatches.open(file, "m.csv.gz", 10, 2L))).hasSize(2);
        second[1] ^= 0x40;
        Files.write(file, second, StandardOpenOption.APPEND);
        assertThatThrownBy(() -> all(RecordBatches.open(file, "m.csv.gz", 10, null)))
                .isInstanceOf(UncheckedIOException.class)
                .hasCauseInstanceOf(ZipException.class);
    }

    @Test
    void givesColumnsWithoutANameOrWithTheSameOneKeysOfTheirOwn() throws IOException {
        assertThat(json("a,,a,a_2\n1,2,3,4\n"))
                .containsExactly("{\"a\":\"1\",\"column_2\":\"2\",\"a_3\":\"3\",\"a_2\":\"4\"}");
    }

    @Test
    void cutsIntoBatchesOfTheSizeAsked() throws IOException {
        try (RecordBatches batches = open("id\n1\n2\n3\n4\n5\n", 2, null)) {
            List<Integer> sizes = new ArrayList<>();
            batches.forEachRemaining(batch -> sizes.add(batch.size()));
            assertThat(sizes).containsExactly(2, 2, 1);
        }
    }

    @Test
    void readsNoFurtherThanItIsAsked() throws IOException {
        Path file = directory.resolve("cut.csv.gz");
        byte[] whole = gzip("id,text\n" + "1,some text that does not compress to nothing\n".repeat(200_000));
        Files.write(file, java.util.Arrays.copyOf(whole, whole.length / 2));
        try (RecordBatches batches = RecordBatches.open(file, "cut.csv.gz", 10, null)) {
            assertThat(batches.next()).hasSize(10);
        }
    }

    @Test
    void hasNoBatchWhereThereIsOnlyAHeaderOrNothing() throws IOException {
        assertThat(rows("id,name\n")).isEmpty();
        assertThat(rows("")).isEmpty();
    }

    @Test
    void refusesARowThatDoesNotFitTheHeaderAfterThoseBefore() throws IOException {
        try (RecordBatches batches = open("a,b\n1,2\n3\n", 1, null)) {
            assertThat(batches.next()).hasSize(1);
            assertThatThrownBy(batches::next)
                    .isInstanceOf(BadRecordsException.class)
                    .hasMessage("x.csv.gz: record 2 has 1 fields, its header 2 (a, b)");
        }
    }

    @Test
    void refusesFewerOrMoreRecordsThanWereCounted() {
        assertThatThrownBy(() -> all(open("a\n1\n", 10, 2L)))
                .isInstanceOf(BadRecordsException.class)
                .hasMessage("x.csv.gz gives 1 records, but 2 were counted in it");
    }

    /** FastCSV, up to 4.2.0, misses a row's end where its last field is quoted and has a carriage return alone. */
    @Test
    void refusesRowsThatTheCsvReaderTakesForOne() {
        assertThatThrownBy(() -> all(open("a,b\n1,\"x\r\"\n3,4\n", 10, 2L)))
                .isInstanceOf(BadRecordsException.class)
                .hasMessage("x.csv.gz: record 1 has 3 fields, its header 2 (a, b)");
    }

    @Test
    void refusesBytesThatAreNotUtf8() throws IOException {
        Path file = directory.resolve("latin1.csv");
        Files.write(file, new byte[] {'a', '\n', 'x', '\n', (byte) 0xe4, '\n'});
        assertThatThrownBy(() -> all(RecordBatches.open(file, "latin1.csv", 1, null)))
                .isInstanceOf(BadRecordsException.class)
                .hasMessageStartingWith("latin1.csv is not UTF-8");
    }

    @Test
    void refusesAFieldThatWouldFillTheMemory() throws IOException {
        Path file = directory.resolve("bomb.csv.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write("a,b\n1,\"".getBytes(UTF_8));
            byte[] megabyte = "x".repeat(1 << 20).getBytes(UTF_8);
            for (int i = 0; i < 100; i++) {
                out.write(megabyte);
            }
            out.write("\"\n".getBytes(UTF_8));
        }
        assertThatThrownBy(() -> all(RecordBatches.open(file, "bomb.csv.gz", 1000, null)))
                .isInstanceOf(BadRecordsException.class)
                .hasMessageContaining("cannot be read as CSV after record 0");
    }

    @Test
    void takesTenThousandColumns() throws IOException {
        String header = "c"
                + String.join(
                        ",c",
                        java.util.stream.IntStream.range(0, 10_000)
                                .mapToObj(Integer::toString)
                                .toList());
        assertThat(rows(header + "\n" + ",".repeat(9_999) + "\n").get(0)).hasSize(10_000);
    }

    private List<String> json(String csv) throws IOException {
        return rows(csv).stream().map(ExportRecord::toString).toList();
    }

    private List<String> values(String csv, Long expected) throws IOException {
        return all(open(csv, 2, expected)).stream()
                .flatMap(row -> row.values().stream())
                .toList();
    }

    private List<ExportRecord> rows(String csv) throws IOException {
        return all(open(csv, 1000, null));
    }

    private static List<ExportRecord> all(RecordBatches batches) throws IOException {
        try (batches) {
            List<ExportRecord> rows = new ArrayList<>();
            batches.forEachRemaining(rows::addAll);
            return rows;
        }
    }

    private RecordBatches open(String csv, int batchSize, Long expected) throws IOException {
        Path file = directory.resolve("7");
        Files.write(file, gzip(csv));
        return RecordBatches.open(file, "x.csv.gz", batchSize, expected);
    }

    private static byte[] gzip(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(text.getBytes(UTF_8));
        }
        return bytes.toByteArray();
    }
}
