package org.exportrelay.destinations;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Random;
import org.exportrelay.destinations.FileParts.Part;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilePartsTest {

    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({"0, 10, 1", "9, 10, 1", "10, 10, 1", "11, 10, 2", "20, 10, 2", "200001, 100000, 3"})
    void coversTheFileByteForByteAndCanBeReadAgain(int size, int partSize, int count) throws Exception {
        byte[] content = new byte[size];
        new Random(1).nextBytes(content);
        Path file = Files.write(directory.resolve("file"), content);
        FileParts parts = FileParts.of(file.toFile(), partSize, "SHA-256");
        assertThat(parts.parts()).hasSize(count);
        assertThat(parts.sha256()).isEqualTo(HexFormat.of().formatHex(sha256(content)));
        for (int time = 0; time < 2; time++) {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            for (Part part : parts.parts()) {
                try (InputStream in = parts.open(part)) {
                    byte[] bytes = in.readAllBytes();
                    assertThat(bytes).hasSize((int) part.length());
                    assertThat(part.checksum()).isEqualTo(Base64.getEncoder().encodeToString(sha256(bytes)));
                    all.writeBytes(bytes);
                }
            }
            assertThat(all.toByteArray()).isEqualTo(content);
        }
    }

    /** https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html, composite checksums. */
    @Test
    void theChecksumOfAllPartsIsThatOfTheirChecksums() throws Exception {
        byte[] content = "twenty bytes of text".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        FileParts parts =
                FileParts.of(Files.write(directory.resolve("file"), content).toFile(), 10, "SHA-256");
        MessageDigest both = MessageDigest.getInstance("SHA-256");
        both.update(sha256(Arrays.copyOfRange(content, 0, 10)));
        both.update(sha256(Arrays.copyOfRange(content, 10, 20)));
        assertThat(parts.checksumOfParts()).isEqualTo(Base64.getEncoder().encodeToString(both.digest()) + "-2");
    }

    private static byte[] sha256(byte[] bytes) throws Exception {
        return MessageDigest.getInstance("SHA-256").digest(bytes);
    }
}
