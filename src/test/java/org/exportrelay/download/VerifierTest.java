package org.exportrelay.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import org.exportrelay.config.TestSettings;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.VerifiedFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerifierTest {

    private static final String FILENAME = "properties_export_2026-02-17.csv.gz";
    private static final String CSV = "id,city\r\n1,Graz\r\n2,\"Wien, Ottakring\"\r\n";

    private final Verifier verifier = new Verifier(TestSettings.of("relay.download.max-expanded-size", "1M"));

    @TempDir
    private Path directory;

    @Test
    void acceptsTheRightFile() throws Exception {
        byte[] content = TestFiles.gzip(CSV);
        VerifiedFile verified = verify(FILENAME, content);
        assertThat(verified.fileId()).isEqualTo(7);
        assertThat(verified.records()).isEqualTo(2);
        assertThat(verified.sha256())
                .isEqualTo(HexFormat.of()
                        .formatHex(MessageDigest.getInstance("SHA-256").digest(content)));
    }

    @Test
    void findsTheKnownSha256OfAKnownFile() throws Exception {
        assertThat(verify("abc.txt", bytes("abc")).sha256())
                .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    @Test
    void acceptsAFileOfUnknownSize() throws Exception {
        assertThat(verify(FILENAME, TestFiles.gzip(CSV), null).records()).isEqualTo(2);
    }

    @Test
    void rejectsAnotherSizeThanListedAndNamesBoth() {
        byte[] content = new byte[2000];
        assertThatThrownBy(() -> verify(FILENAME, content, 2001L))
                .isInstanceOf(BadContentException.class)
                .hasMessage(FILENAME + " has 2,000 bytes, the API listed 2,001");
        assertThatThrownBy(() -> verify(FILENAME, content, 1999L)).isInstanceOf(BadContentException.class);
    }

    @Test
    void rejectsGzipCutAnywhere() {
        byte[] content = TestFiles.gzip(CSV);
        for (int length = 0; length < content.length; length++) {
            assertNotIntact(Arrays.copyOf(content, length), "cut after " + length);
        }
    }

    @Test
    void rejectsAFlippedBitInDataOrChecksum() {
        byte[] content = TestFiles.gzip(CSV.repeat(50));
        int header = 10;
        for (int position = header; position < content.length; position++) {
            byte[] flipped = content.clone();
            flipped[position] ^= 1;
            assertNotIntact(flipped, "bit flipped in byte " + position);
        }
    }

    @Test
    void rejectsWhatIsNoGzipAtAll() {
        assertNotIntact(bytes("<Error><Code>AccessDenied</Code></Error>"), "an error page");
        assertNotIntact(bytes(CSV), "plain CSV");
    }

    @Test
    void stopsAGzipBombAtTheLargestExpandedSize() {
        byte[] bomb = TestFiles.gzip(new byte[(1 << 20) + 1]);
        Throwable failure = catchThrowable(() -> verify(FILENAME, bomb));
        assertThat(failure)
                .isInstanceOf(DeliveryException.class)
                .hasMessageContaining(
                        FILENAME + " expands to more than relay.download.max-expanded-size=1,048,576 bytes");
        assertThat(((DeliveryException) failure).action()).isEqualTo(FailureAction.PARK);
    }

    @Test
    void acceptsAFileOfExactlyTheLargestExpandedSize() throws Exception {
        assertThat(verify("zeros.bin.gz", TestFiles.gzip(new byte[1 << 20])).records())
                .isNull();
    }

    @Test
    void limitsTheExpandedSizeOverAllGzipMembers() {
        byte[] member = TestFiles.gzip(new byte[(1 << 19) + 1]);
        assertThatThrownBy(() -> verify(FILENAME, TestFiles.joined(member, member)))
                .isInstanceOf(DeliveryException.class);
    }

    @Test
    void readsAllGzipMembers() throws Exception {
        byte[] content = TestFiles.joined(TestFiles.gzip(CSV), TestFiles.gzip("3,Linz\r\n4,Steyr\r\n"));
        VerifiedFile verified = verify(FILENAME, content);
        assertThat(verified.records()).isEqualTo(4);
        assertThat(verified.sha256())
                .isEqualTo(HexFormat.of()
                        .formatHex(MessageDigest.getInstance("SHA-256").digest(content)));
    }

    @Test
    void rejectsACutSecondGzipMember() {
        byte[] second = TestFiles.gzip("3,Linz\r\n");
        byte[] cut = TestFiles.joined(TestFiles.gzip(CSV), Arrays.copyOf(second, second.length - 4));
        assertNotIntact(cut, "second member cut");
    }

    @Test
    void rejectsASecondGzipMemberWithADamagedHeader() throws Exception {
        byte[] first = TestFiles.gzip(CSV);
        byte[] second = TestFiles.gzip("3,Linz\r\n");
        for (int position : new int[] {0, 1, 2}) {
            byte[] damaged = second.clone();
            damaged[position] ^= 0x40;
            assertNotIntact(TestFiles.joined(first, damaged), "byte " + position + " of the second header");
        }
    }

    @Test
    void rejectsGarbageBehindTheGzipData() {
        byte[] first = TestFiles.gzip(CSV);
        assertNotIntact(TestFiles.joined(first, bytes("3,Linz\r\n")), "plain text");
        assertNotIntact(TestFiles.joined(first, Arrays.copyOf(first, 1)), "one byte of a header");
        assertNotIntact(TestFiles.joined(first, TestFiles.joined(new byte[9], first)), "data behind zero bytes");
    }

    @Test
    void acceptsZeroBytesUpToTheEndAndChecksumsThem() throws Exception {
        byte[] content = TestFiles.joined(TestFiles.gzip(CSV), new byte[1000]);
        VerifiedFile verified = verify(FILENAME, content);
        assertThat(verified.records()).isEqualTo(2);
        assertThat(verified.sha256())
                .isEqualTo(HexFormat.of()
                        .formatHex(MessageDigest.getInstance("SHA-256").digest(content)));
    }

    @Test
    void readsThousandsOfEmptyGzipMembers() throws Exception {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        byte[] empty = TestFiles.gzip("");
        for (int i = 0; i < 30_000; i++) {
            content.writeBytes(empty);
        }
        content.writeBytes(TestFiles.gzip(CSV));
        assertThat(verify(FILENAME, content.toByteArray()).records()).isEqualTo(2);
    }

    @Test
    void countsEmptyLinesOfAFileOfOneColumnSeparately() throws Exception {
        assertEmptyRecords("email\na@x\n\nb@x\n", 2, 1);
        assertEmptyRecords("\r\n\nemail\r\na@x\r\n\r\n\r\n", 1, 2);
        assertEmptyRecords("email,city\na@x,Graz\n\n\n", 1, 0);
        assertEmptyRecords("", 0, 0);
    }

    @Test
    void countsAHeaderWithAByteOrderMarkAndALineBreakAsOneLine() throws Exception {
        assertThat(verify("marked.csv", bytes("\uFEFF\"two\nlines\",city\n1,Graz\n"))
                        .records())
                .isEqualTo(1);
        assertThat(verify("marked.csv", bytes("\uFEFF\n\"a,b\nc\"\n1\n\"2\n3\"\n"))
                        .records())
                .isEqualTo(2);
        assertThat(verify("marked.csv", bytes("\uFEFF")).records()).isZero();
    }

    private void assertEmptyRecords(String csv, long records, long emptyRecords) throws Exception {
        Path download = Files.write(directory.resolve("7.part"), TestFiles.gzip(csv));
        VerifiedContent content = verifier.verify(TestFiles.listed(FILENAME, null), download);
        assertThat(content.file().records()).as(csv).isEqualTo(records);
        assertThat(content.emptyRecords()).as(csv).isEqualTo(emptyRecords);
        assertThat(content.withEmptyRecords().records()).as(csv).isEqualTo(records + emptyRecords);
    }

    @Test
    void countsRecordsOverQuotedLineBreaks() throws Exception {
        String csv = "id,note\n1,\"first\nsecond\r\nthird\"\n2,\"a \"\"quoted\"\"\nword\"\n\n3,last";
        assertThat(verify(FILENAME, TestFiles.gzip(csv)).records()).isEqualTo(3);
        assertThat(verify("plain.csv", bytes(csv)).records()).isEqualTo(3);
        assertThat(verify("UPPER.CSV.GZ", TestFiles.gzip(csv)).records()).isEqualTo(3);
    }

    @Test
    void countsNoRecordsWhereThereIsOnlyAHeaderOrNothing() throws Exception {
        assertThat(verify(FILENAME, TestFiles.gzip("id,city\n")).records()).isZero();
        assertThat(verify(FILENAME, TestFiles.gzip("")).records()).isZero();
        assertThat(verify("empty.csv", bytes("")).records()).isZero();
    }

    @Test
    void rejectsCsvThatEndsInsideQuotes() {
        assertThatThrownBy(() -> verify(FILENAME, TestFiles.gzip("id,note\n1,\"never clo")))
                .isInstanceOf(BadContentException.class)
                .hasMessage(FILENAME + " ends inside a quoted CSV field");
    }

    @Test
    void countsNothingInAFileThatIsNotCsv() throws Exception {
        assertThat(verify("report.pdf", bytes("\"an open quote\n")).records()).isNull();
        assertThat(verify("report.json.gz", TestFiles.gzip("{\"a\":\n1}")).records())
                .isNull();
        assertThat(verify("", bytes("nameless")).records()).isNull();
    }

    private void assertNotIntact(byte[] content, String what) {
        assertThatThrownBy(() -> verify(FILENAME, content))
                .as(what)
                .isInstanceOf(BadContentException.class)
                .hasMessageStartingWith(FILENAME + " is not intact gzip (")
                .message()
                .doesNotContain("null");
    }

    private VerifiedFile verify(String filename, byte[] content)
            throws BadContentException, DeliveryException, IOException {
        return verify(filename, content, (long) content.length);
    }

    private VerifiedFile verify(String filename, byte[] content, Long listedSize)
            throws BadContentException, DeliveryException, IOException {
        Path download = Files.write(directory.resolve("7.part"), content);
        return verifier.verify(TestFiles.listed(filename, listedSize), download).file();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
