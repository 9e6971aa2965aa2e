package org.exportrelay.records;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GzipStreamTest {

    private static final byte[] FIRST = gzip("first,");
    private static final byte[] SECOND = gzip("second");

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 64, 100_000})
    void readsAllMembersWhateverTheBufferHolds(int bufferSize) throws IOException {
        byte[] file = joined(FIRST, gzip(""), SECOND, gzip(""));
        assertThat(content(file, bufferSize)).isEqualTo("first,second");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 512, 70_000})
    void readsZeroBytesUpToTheEndOfTheFileAsPadding(int zeroBytes) throws IOException {
        assertThat(content(joined(FIRST, SECOND, new byte[zeroBytes]), 64)).isEqualTo("first,second");
    }

    @Test
    void readsAnyNumberOfEmptyMembers() throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        byte[] empty = gzip("");
        for (int i = 0; i < 30_000; i++) {
            file.writeBytes(empty);
        }
        file.writeBytes(FIRST);
        assertThat(content(file.toByteArray(), 4096)).isEqualTo("first,");
    }

    @Test
    void readsContentThatDoesNotCompress() throws IOException {
        byte[] noise = new byte[300_000];
        new java.util.Random(7).nextBytes(noise);
        assertThat(new GzipStream(new ByteArrayInputStream(gzip(noise)), 1000)).hasBinaryContent(noise);
    }

    @Test
    void readsSingleBytesAndNothingWhereNothingIsAsked() throws IOException {
        try (InputStream content = new GzipStream(new ByteArrayInputStream(gzip("é")), 10)) {
            assertThat(content.read(new byte[0])).isZero();
            assertThat(content.read()).isEqualTo(0xc3);
            assertThat(content.read()).isEqualTo(0xa9);
            assertThat(content.read()).isEqualTo(-1);
            assertThat(content.read()).isEqualTo(-1);
        }
    }

    @Test
    void readsOptionalHeaderFields() throws IOException {
        assertThat(content(withHeader(0b11110, true), 5)).isEqualTo("first,");
        assertThat(content(joined(SECOND, withHeader(0b11110, true)), 5)).isEqualTo("secondfirst,");
    }

    @Test
    void refusesAWrongHeaderChecksum() {
        assertNotIntact(withHeader(0b11110, false), ZipException.class);
    }

    /** A damaged byte of a header must not turn the rest of the file into nothing. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void refusesAMemberWhoseHeaderIsDamaged(int position) {
        byte[] damaged = SECOND.clone();
        damaged[position] ^= 0x40;
        assertNotIntact(joined(FIRST, damaged), ZipException.class);
        assertNotIntact(joined(damaged, FIRST), ZipException.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x20, 0x40, 0x80})
    void refusesReservedFlags(int flag) {
        byte[] reserved = SECOND.clone();
        reserved[3] |= (byte) flag;
        assertNotIntact(joined(FIRST, reserved), ZipException.class);
    }

    @Test
    void refusesAMemberThatIsCutAnywhere() {
        for (int length = 1; length < SECOND.length; length++) {
            assertNotIntact(joined(FIRST, Arrays.copyOf(SECOND, length)), EOFException.class);
        }
        assertNotIntact(new byte[0], EOFException.class);
    }

    @Test
    void refusesGarbageBehindAMember() {
        assertNotIntact(joined(FIRST, new byte[] {'\n'}), ZipException.class);
        assertNotIntact(joined(FIRST, "third,fourth".getBytes(UTF_8)), ZipException.class);
        assertNotIntact(joined(FIRST, new byte[] {(byte) 0xff}), ZipException.class);
    }

    @Test
    void refusesDataBehindZeroBytes() {
        assertNotIntact(joined(FIRST, new byte[600], SECOND), ZipException.class);
        assertNotIntact(joined(FIRST, new byte[1], new byte[] {'x'}), ZipException.class);
        assertNotIntact(joined(new byte[4], FIRST), ZipException.class);
    }

    @Test
    void refusesWrongContentChecksumAndLength() {
        for (int fromEnd = 1; fromEnd <= 8; fromEnd++) {
            byte[] damaged = SECOND.clone();
            damaged[damaged.length - fromEnd] ^= 1;
            assertNotIntact(joined(FIRST, damaged), ZipException.class);
        }
    }

    @Test
    void refusesDamagedData() {
        byte[] damaged = SECOND.clone();
        Arrays.fill(damaged, 10, damaged.length - 8, (byte) 0xff);
        assertNotIntact(damaged, ZipException.class);
    }

    @Test
    void closesTheFile() throws IOException {
        AtomicBoolean closed = new AtomicBoolean();
        new GzipStream(
                        new ByteArrayInputStream(FIRST) {
                            @Override
                            public void close() {
                                closed.set(true);
                            }
                        },
                        10)
                .close();
        assertThat(closed).isTrue();
    }

    private static void assertNotIntact(byte[] file, Class<? extends IOException> failure) {
        assertThatThrownBy(() -> content(file, 3)).isExactlyInstanceOf(failure);
        assertThatThrownBy(() -> content(file, 4096)).isExactlyInstanceOf(failure);
    }

    private static String content(byte[] file, int bufferSize) throws IOException {
        try (InputStream content = new GzipStream(new ByteArrayInputStream(file), bufferSize)) {
            return new String(content.readAllBytes(), UTF_8);
        }
    }

    /** The first member with an extra field, a name, a comment and a checksum of its header, as the flags say. */
    private static byte[] withHeader(int flags, boolean rightChecksum) {
        byte[] fixed = Arrays.copyOf(FIRST, 10);
        fixed[3] = (byte) flags;
        byte[] extra = {3, 0, 0, 1, 2};
        byte[] header = joined(fixed, extra, "name\0".getBytes(US_ASCII), "comment\0".getBytes(US_ASCII));
        CRC32 crc = new CRC32();
        crc.update(header);
        long checksum = crc.getValue() + (rightChecksum ? 0 : 1);
        byte[] two = {(byte) checksum, (byte) (checksum >> 8)};
        return joined(header, two, Arrays.copyOfRange(FIRST, 10, FIRST.length));
    }

    private static byte[] joined(byte[]... parts) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            bytes.writeBytes(part);
        }
        return bytes.toByteArray();
    }

    private static byte[] gzip(String text) {
        return gzip(text.getBytes(UTF_8));
    }

    private static byte[] gzip(byte[] content) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write(content);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }
}
