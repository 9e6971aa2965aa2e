package org.exportrelay.pgp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.converter.crypto.PGPDataFormat;
import org.apache.camel.converter.crypto.PGPKeyAccessDataFormat;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.testing.GnuPg;
import org.exportrelay.testing.GnuPg.Decrypted;
import org.exportrelay.testing.PgpTestKey;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Encrypted files, which Camel's format and GnuPG decrypt. */
class PgpEncryptionTest {

    private static final String PARTNER = "Partner <ops@partner.example>";
    private static final String ARCHIVE = "Archive <archive@example.com>";
    private static final String RELAY = "Export Relay <relay@example.com>";
    private static final String PASSPHRASE = "pass phrase";

    @TempDir
    private Path directory;

    private final DefaultCamelContext context = new DefaultCamelContext();

    @AfterEach
    void close() throws IOException {
        context.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void eachRecipientDecryptsTheFileAndVerifiesTheSignature(boolean isCompressed) throws Exception {
        PgpTestKey partner = PgpTestKey.of(PARTNER);
        PgpTestKey archive = PgpTestKey.of(ARCHIVE).createdAt(Instant.now().minusSeconds(1000));
        PgpTestKey relay = PgpTestKey.of(RELAY).protectedBy(PASSPHRASE);
        PgpEncryption encryption = PgpEncryption.of(
                partner.writePublic(directory.resolve("partner.asc")) + ", "
                        + archive.writePublic(directory.resolve("archive.asc")),
                relay.writeSecret(directory.resolve("relay.asc")).toString(),
                PASSPHRASE);
        byte[] content = content(200_000);
        byte[] encrypted = encrypted(encryption, content, isCompressed);
        assertThat(new String(encrypted, UTF_8)).doesNotContain("parcel_id");
        assertThat(decrypted(encrypted, partner, relay)).isEqualTo(content);
        assertThat(decrypted(encrypted, archive, relay)).isEqualTo(content);
        assertThat(encrypted.length < content.length).isEqualTo(!isCompressed);
    }

    @ParameterizedTest
    @CsvSource({
        "rsa3072, rsa3072, rsa3072",
        "ed25519, cv25519, ed25519",
        "nistp384, nistp384, nistp384",
        "nistp521, nistp521, nistp521"
    })
    void gnuPgDecryptsTheFileWithKeysOfEachKind(String algorithm, String encryptionAlgorithm, String signing)
            throws Exception {
        try (GnuPg partner = GnuPg.in(directory.resolve("p"));
                GnuPg relay = GnuPg.in(directory.resolve("r"))) {
            partner.withKey(PARTNER, algorithm, encryptionAlgorithm, "never");
            relay.withSigningKey(RELAY, signing, PASSPHRASE);
            partner.withPublic(relay.exportPublic(RELAY, directory.resolve("relay.asc")));
            PgpEncryption encryption = PgpEncryption.of(
                    partner.exportPublic(PARTNER, directory.resolve("partner.asc"))
                            .toString(),
                    relay.exportSecret(RELAY, PASSPHRASE, directory.resolve("secret.asc"))
                            .toString(),
                    PASSPHRASE);
            byte[] content = content(100_000);
            Path file = Files.write(directory.resolve("x.csv.pgp"), encrypted(encryption, content, false));
            Decrypted decrypted = partner.decrypt(file);
            assertThat(decrypted.content()).isEqualTo(content);
            assertThat(decrypted.name()).isEqualTo("x.csv");
            assertThat(decrypted.signers()).containsExactly(RELAY);
        }
    }

    @Test
    void withoutASignerNothingIsSigned() throws Exception {
        try (GnuPg partner = GnuPg.in(directory.resolve("p"))) {
            partner.withKey(PARTNER, "ed25519", "cv25519", "never");
            PgpEncryption encryption = PgpEncryption.of(
                    partner.exportPublic(PARTNER, directory.resolve("partner.asc"))
                            .toString(),
                    null,
                    null);
            Path file = Files.write(directory.resolve("x.csv.pgp"), encrypted(encryption, content(0), true));
            Decrypted decrypted = partner.decrypt(file);
            assertThat(decrypted.content()).isEmpty();
            assertThat(decrypted.signers()).isEmpty();
        }
    }

    /** Camel's format ends the message as if it were complete; what is written must be dropped. */
    @ParameterizedTest
    @ValueSource(ints = {0, 20_000, 199_999})
    void aContentThatCannotBeReadToItsEndIsAFailure(int readable) throws Exception {
        PgpEncryption encryption = toPartner();
        InputStream broken = new InputStream() {
            private final InputStream content = new ByteArrayInputStream(content(200_000), 0, readable);

            @Override
            public int read() throws IOException {
                int next = content.read();
                if (next < 0) {
                    throw new IOException("the disk is broken");
                }
                return next;
            }
        };
        assertThatThrownBy(() -> encryption.encrypt(context, broken, "x.csv", true, new ByteArrayOutputStream()))
                .isInstanceOf(IOException.class)
                .hasMessage("the disk is broken");
    }

    @Test
    void nothingIsWrittenIfOneOfTheKeysCannotBeUsed() throws Exception {
        Path partner = PgpTestKey.of(PARTNER).writePublic(directory.resolve("partner.asc"));
        Path revoked = PgpTestKey.of(ARCHIVE).revoked().writePublic(directory.resolve("archive.asc"));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        assertThatThrownBy(() -> PgpEncryption.of(partner + "," + revoked, null, null)
                        .encrypt(context, new ByteArrayInputStream(content(10)), "x.csv", true, out))
                .isInstanceOf(DeliveryException.class)
                .hasMessageContaining("archive.asc is revoked");
        assertThat(out.size()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a.asc,", ",a.asc", "a.asc,,b.asc"})
    void anEmptyNameOfAFileIsRefused(String encryptTo) {
        assertThatIllegalArgumentException().isThrownBy(() -> PgpEncryption.of(encryptTo, null, null));
        assertThatIllegalArgumentException().isThrownBy(() -> PgpEncryption.of("a.asc", "", null));
    }

    /** With the heap of the launcher, of which Java needs a part to verify the signed library. */
    @Test
    void memoryDoesNotDependOnTheSize() throws Exception {
        Path partner = PgpTestKey.of(PARTNER).writePublic(directory.resolve("partner.asc"));
        Path relay = PgpTestKey.of(RELAY).writeSecret(directory.resolve("relay.asc"));
        Path out = directory.resolve("out.txt");
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx48m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Large.class.getName(),
                        partner.toString(),
                        relay.toString())
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(Files.readString(out)).isZero();
        assertThat(Files.readString(out)).contains("encrypted " + Large.BYTES);
    }

    /** What that process runs. */
    static final class Large {

        static final long BYTES = 96L << 20;

        public static void main(String... keys) throws Exception {
            Random random = new Random(1);
            InputStream content = new InputStream() {
                private long left = BYTES;

                @Override
                public int read() {
                    return left-- > 0 ? random.nextInt(256) : -1;
                }

                @Override
                public int read(byte[] bytes, int offset, int length) {
                    int part = (int) Math.min(length, left);
                    if (part <= 0) {
                        return -1;
                    }
                    byte[] some = new byte[part];
                    random.nextBytes(some);
                    System.arraycopy(some, 0, bytes, offset, part);
                    left -= part;
                    return part;
                }
            };
            long[] written = new long[1];
            OutputStream out = new OutputStream() {
                @Override
                public void write(int oneByte) {
                    written[0]++;
                }

                @Override
                public void write(byte[] bytes, int offset, int length) {
                    written[0] += length;
                }
            };
            try (DefaultCamelContext context = new DefaultCamelContext()) {
                PgpEncryption.of(keys[0], keys[1], null).encrypt(context, content, "x.csv", false, out);
            }
            if (written[0] < BYTES) {
                throw new IllegalStateException("only " + written[0] + " bytes were written");
            }
            System.out.println("encrypted " + BYTES);
        }
    }

    private PgpEncryption toPartner() {
        return PgpEncryption.of(
                PgpTestKey.of(PARTNER)
                        .writePublic(directory.resolve("partner.asc"))
                        .toString(),
                null,
                null);
    }

    private byte[] encrypted(PgpEncryption encryption, byte[] content, boolean isCompressed) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        encryption.encrypt(context, new ByteArrayInputStream(content), "x.csv", isCompressed, out);
        return out.toByteArray();
    }

    private byte[] decrypted(byte[] encrypted, PgpTestKey recipient, PgpTestKey signer) throws Exception {
        Exchange exchange = new DefaultExchange(context);
        try (PGPDataFormat format = new PGPDataFormat()) {
            format.setEncryptionKeyRing(recipient.secretBytes());
            format.setPassword("");
            format.setSignatureKeyRing(signer.publicBytes());
            format.setSignatureVerificationOption(PGPKeyAccessDataFormat.SIGNATURE_VERIFICATION_OPTION_REQUIRED);
            format.start();
            Object body = format.unmarshal(exchange, new ByteArrayInputStream(encrypted));
            return context.getTypeConverter().mandatoryConvertTo(byte[].class, exchange, body);
        }
    }

    /** Lines that compress well. */
    private static byte[] content(int length) {
        return "parcel_id,owner\n".repeat(length / 16 + 1).substring(0, length).getBytes(UTF_8);
    }
}
