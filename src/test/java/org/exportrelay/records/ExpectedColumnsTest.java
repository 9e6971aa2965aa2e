package org.exportrelay.records;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExpectedColumnsTest {

    @TempDir
    private Path directory;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "parcel_id,owner\n1,Ann\n",
                "parcel_id,owner",
                "\uFEFFparcel_id,owner\r\n1,Ann\r\n",
                "\uFEFF\"parcel_id\",\"owner\"\n",
                "\n\r\nparcel_id,owner\n",
                "parcel_id,owner\na row that is too long,1,2,3\n"
            })
    void acceptsTheSameHeaderHoweverItIsWritten(String csv) {
        assertThatCode(() -> check("parcel_id,owner", csv)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
                    parcel_id, owner        | parcel_id,owner
                     parcel_id ,owner       | parcel_id,owner
                    "parcel_id", "owner, 2" | parcel_id,"owner, 2"
                    " owner"                | " owner"
                    "say ""hi\"""            | "say ""hi\"""
                    a,,b                    | a,,b
                    Größe,Fläche m²         | Größe,Fläche m²
                    """)
    void readsNamesAsAHeaderHasThem(String expected, String header) {
        assertThatCode(() -> check(expected, header + "\n")).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
                    owner,parcel_id      | column 1 is owner, expected parcel_id; received owner,parcel_id; expected parcel_id,owner
                    parcel_id,name       | column 2 is name, expected owner; received parcel_id,name; expected parcel_id,owner
                    parcel_id            | column 2 is missing, expected owner; received parcel_id; expected parcel_id,owner
                    parcel_id,owner,zip  | column 3 is zip, expected none; received parcel_id,owner,zip; expected parcel_id,owner
                    parcel_id,Owner      | column 2 is Owner, expected owner; received parcel_id,Owner; expected parcel_id,owner
                    parcel_id," owner"   | column 2 is " owner", expected owner; received parcel_id," owner"; expected parcel_id,owner
                    parcel_id;owner      | column 1 is parcel_id;owner, expected parcel_id; received parcel_id;owner; expected parcel_id,owner
                    """)
    void saysWhatIsExpectedAndWhatIsReceived(String header, String difference) {
        assertThatThrownBy(() -> check("parcel_id,owner", header + "\n1,Ann\n"))
                .isInstanceOf(BadRecordsException.class)
                .hasMessage("x.csv.gz has another CSV header than expectColumns: "
                        + difference
                        + "; correct expectColumns or the export, then replay");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\uFEFF", "\n\n"})
    void refusesAFileWithoutAHeader(String csv) {
        assertThatThrownBy(() -> check("parcel_id", csv))
                .isInstanceOf(BadRecordsException.class)
                .hasMessageContaining(
                        "column 1 is missing, expected parcel_id; received no header; expected parcel_id;");
    }

    @Test
    void messagesAreBoundedHoweverLongTheHeaderIs() {
        String header = String.join(",", Collections.nCopies(10_000, "x".repeat(300)));
        assertThatThrownBy(() -> check("parcel_id,owner", header + "\n"))
                .isInstanceOf(BadRecordsException.class)
                .message()
                .contains("column 1 is " + "x".repeat(60) + "…, expected parcel_id")
                .hasSizeLessThan(600);
    }

    @Test
    void refusesAHeaderThatIsNotUtf8OrIsNoHeader() throws IOException {
        Path latin = gzip("größe\n".getBytes(ISO_8859_1));
        assertThatThrownBy(() -> ExpectedColumns.parse("size").check(latin, "x.csv.gz"))
                .isInstanceOf(BadRecordsException.class)
                .hasMessageContaining("not UTF-8");
        byte[] endless = new byte[5 << 20];
        Arrays.fill(endless, (byte) 'x');
        Path tooLong = gzip(endless);
        assertThatThrownBy(() -> ExpectedColumns.parse("size").check(tooLong, "x.csv.gz"))
                .isInstanceOf(BadRecordsException.class)
                .hasMessageStartingWith("the header of x.csv.gz cannot be read as CSV");
    }

    @Test
    void aFileThatCannotBeReadIsNoFaultOfItsHeader() throws IOException {
        ExpectedColumns columns = ExpectedColumns.parse("a");
        assertThatThrownBy(() -> columns.check(directory.resolve("none"), "x.csv.gz"))
                .isInstanceOf(NoSuchFileException.class);
        Path cut = Files.write(
                directory.resolve("cut"), Arrays.copyOf(Files.readAllBytes(gzip("a\n1\n".getBytes(UTF_8))), 12));
        assertThatThrownBy(() -> columns.check(cut, "x.csv.gz")).isInstanceOf(EOFException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "  ", "\n", "a\nb", "a,\"b"})
    void refusesATextThatIsNoHeader(String text) {
        assertThatThrownBy(() -> ExpectedColumns.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void readsAFileThatIsNotCompressed() throws IOException {
        Path plain = Files.writeString(directory.resolve("plain"), "a,b\n1,2\n");
        assertThatCode(() -> ExpectedColumns.parse("a,b").check(plain, "x.csv")).doesNotThrowAnyException();
        assertThat(ExpectedColumns.parse("a, \"b,c\"")).hasToString("a,\"b,c\"");
    }

    private void check(String expected, String csv) throws IOException {
        ExpectedColumns.parse(expected).check(gzip(csv.getBytes(UTF_8)), "x.csv.gz");
    }

    private Path gzip(byte[] content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(content);
        }
        return Files.write(directory.resolve("7"), bytes.toByteArray());
    }
}
