package org.exportrelay.pgp;

import static java.nio.charset.StandardCharsets.UTF_16LE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Optional;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.testing.PgpTestKey;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which keys can be used, and what is said of the others: the file, the owner, the problem and what to do. */
class PgpKeysTest {

    private static final String PARTNER = "Partner <ops@partner.example>";
    private static final String RELAY = "Export Relay <relay@example.com>";
    private static final String OWNER = "\\Q" + PARTNER + "\\E \\([0-9A-F]{16}\\)";
    private static final Duration DAY = Duration.ofDays(1);

    @TempDir
    private Path directory;

    private final Instant now = Instant.now();

    @Test
    void aKeyIsReadArmoredOrBinaryAndWithTextAroundIt() throws Exception {
        PgpTestKey key = PgpTestKey.of(PARTNER);
        Path file = key.writePublic(file());
        assertThat(recipients().usable(now)).singleElement().satisfies(found -> {
            assertThat(found.owner()).matches(OWNER);
            assertThat(found.end()).isEmpty();
        });
        Files.write(file, key.publicBytes());
        assertThat(recipients().usable(now)).hasSize(1);
        Files.writeString(file, "\uFEFFFrom: ops\r\n\r\n" + key.publicText().replace("\n", "\r\n") + "\r\nRegards\r\n");
        assertThat(recipients().usable(now)).hasSize(1);
        Files.write(file, ("\uFEFF" + key.publicText()).getBytes(UTF_16LE));
        assertThat(recipients().usable(now)).as("as PowerShell writes it").hasSize(1);
    }

    /** {@code cat a.asc b.asc > both.asc}, and {@code gpg --export a b}. */
    @Test
    void everyKeyOfAFileIsARecipient() throws Exception {
        PgpTestKey one = PgpTestKey.of(PARTNER);
        PgpTestKey two = PgpTestKey.of("Archive <archive@example.com>").createdAt(now.minus(DAY));
        Files.writeString(file(), one.publicText() + two.publicText());
        assertThat(recipients().encryptionKeys(now)).hasSize(2);
        byte[] both = Arrays.copyOf(one.publicBytes(), one.publicBytes().length + two.publicBytes().length);
        System.arraycopy(two.publicBytes(), 0, both, one.publicBytes().length, two.publicBytes().length);
        Files.write(file(), both);
        assertThat(recipients().encryptionKeys(now)).hasSize(2);

        Files.writeString(
                file(),
                one.publicText() + PgpTestKey.of("Old").endingAt(now.minus(DAY)).publicText());
        assertKeyFails(recipients(), now, "Old", "ended on .*");
    }

    @Test
    void aKeyFileCanBeReplacedAtAnyTime() throws Exception {
        RecipientKeys keys = recipients();
        PgpTestKey.of(PARTNER).writePublic(file());
        assertThat(keys.usable(now)).singleElement().satisfies(key -> assertThat(key.owner())
                .startsWith("Partner"));
        String next = PgpTestKey.of("Next <next@partner.example>").publicText();
        Files.writeString(file(), next.substring(0, next.length() / 2));
        assertFails(keys, now, "is cut off or damaged .*");
        Files.writeString(file(), next);
        assertThat(keys.usable(now)).singleElement().satisfies(key -> assertThat(key.owner())
                .startsWith("Next"));
        Files.delete(file());
        assertFails(keys, now, "cannot be read \\(.*no such file or directory\\); correct its path or its rights");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 10, 40, 90, 99})
    void noPartOfAKeyIsTakenForTheWhole(int percent) throws Exception {
        String text = PgpTestKey.of(PARTNER).publicText();
        Files.writeString(file(), text.substring(0, text.length() * percent / 100));
        assertFails(recipients(), now, "(is cut off or damaged .*|contains no OpenPGP key; .*)");
    }

    @Test
    void aBinaryKeyThatIsCutOffIsNotUsed() throws Exception {
        byte[] bytes = PgpTestKey.of(PARTNER).publicBytes();
        for (int length = 1; length < bytes.length; length += 13) {
            Files.write(file(), Arrays.copyOf(bytes, length));
            assertOutage(recipients(), now, "the PGP key .*");
        }
    }

    /** No key leaves its file but through such a question. */
    @Test
    void aQuestionThatBouncyCastleCannotAnswerIsAnOutageOfTheFile() throws Exception {
        PgpTestKey.of(PARTNER).writePublic(file());
        assertThatThrownBy(() -> new PgpKeyFile(file()).ask(found -> {
                    throw new IllegalStateException("unknown curve");
                }))
                .isInstanceOfSatisfying(DeliveryException.class, failure -> assertThat(failure.action())
                        .isEqualTo(FailureAction.OUTAGE))
                .hasMessage(
                        "the PGP key file " + file() + " has a key that cannot be used (unknown curve); export the key"
                                + " again, or replace it by one of another kind");
    }

    @Test
    void aDamagedKeyIsNotUsed() throws Exception {
        String text = PgpTestKey.of(PARTNER).publicText();
        int middle = text.length() / 2;
        char other = text.charAt(middle) == 'A' ? 'B' : 'A';
        Files.writeString(file(), text.substring(0, middle) + other + text.substring(middle + 1));
        assertFails(recipients(), now, "is cut off or damaged \\(.*\\); export the key again");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA partner", "key\0"})
    void aFileWithoutAKeyIsRefused(String content) throws Exception {
        Files.writeString(file(), content);
        assertFails(recipients(), now, "contains no OpenPGP key; write one into it with gpg --export --armor");
    }

    @Test
    void aFileThatIsTooLargeIsNotReadInPart() throws Exception {
        Files.writeString(file(), PgpTestKey.of(PARTNER).publicText() + "\n".repeat(1 << 20));
        assertFails(recipients(), now, "is larger than 1 MiB; export only the key that is needed, .*");
    }

    @Test
    void aKeyThatHasEndedIsNamedWithItsOwnerAndItsEnd() throws Exception {
        Instant end = now.minus(DAY);
        PgpTestKey.of(PARTNER).endingAt(end).writePublic(file());
        assertKeyFails(
                recipients(),
                now,
                PARTNER,
                "ended on " + date(end) + "; ask its owner for the current key, and replace the file");
    }

    @Test
    void aKeyWhoseSubkeyHasEndedCannotBeUsedAndOneThatWillEndIsKnown() throws Exception {
        Instant end = now.plus(Duration.ofDays(12));
        PgpTestKey.of(PARTNER)
                .endingAt(now.plus(Duration.ofDays(100)))
                .withSubkeyEndingAt(end)
                .writePublic(file());
        RecipientKeys keys = recipients();
        assertThat(keys.usable(now)).singleElement().satisfies(key -> assertThat(key.end())
                .hasValueSatisfying(
                        found -> assertThat(Duration.between(found, end).abs()).isLessThan(Duration.ofSeconds(2))));
        assertThat(keys.usable(now.plus(Duration.ofDays(11)))).hasSize(1);
        assertKeyFails(keys, now.plus(Duration.ofDays(30)), PARTNER, "ends on " + date(end) + "; ask its owner .*");
    }

    /** A subkey is no longer valid than the key that it belongs to. */
    @Test
    void aSubkeyOfAKeyThatHasEndedIsNotUsed() throws Exception {
        PgpTestKey.of(PARTNER)
                .endingAt(now.minus(DAY))
                .withSubkeyEndingAt(now.plus(Duration.ofDays(100)))
                .writePublic(file());
        assertKeyFails(recipients(), now, PARTNER, "ended on .*");
    }

    @Test
    void aRevokedKeyIsNotUsed() throws Exception {
        PgpTestKey.of(PARTNER).revoked().writePublic(file());
        assertKeyFails(recipients(), now, PARTNER, "is revoked; ask its owner .*");
    }

    @Test
    void aKeyThatOnlySignsCannotEncrypt() throws Exception {
        PgpTestKey.of(PARTNER).withoutSubkey().writePublic(file());
        assertKeyFails(recipients(), now, PARTNER, "has no subkey for encryption; ask its owner .*");
    }

    @Test
    void aKeyOfTheFutureShowsThatAClockIsWrong() throws Exception {
        PgpTestKey.of(PARTNER).createdAt(now.plus(DAY)).writePublic(file());
        assertKeyFails(recipients(), now, PARTNER, "was created in the future, on .*, so a clock is wrong; .*");
    }

    @Test
    void aSecretKeyIsNotTakenForARecipient() throws Exception {
        PgpTestKey.of(PARTNER).writeSecret(file());
        assertKeyFails(recipients(), now, PARTNER, "is a secret key; encryptTo needs public keys only: .*");
    }

    @Test
    void theSignerNeedsItsPassphrase() throws Exception {
        PgpTestKey.of(RELAY).protectedBy("pass phrase").writeSecret(file());
        SigningKey signer = new SigningKey(file(), Optional.of("pass phrase"));
        assertThat(signer.usable(now)).singleElement().satisfies(key -> assertThat(key.owner())
                .startsWith(RELAY));
        assertThat(signer.signer(now).getUserId()).isEqualTo(RELAY);
        assertKeyFails(
                new SigningKey(file(), Optional.of("another")),
                now,
                RELAY,
                "does not open with signPassphrase; correct the passphrase");
        assertKeyFails(new SigningKey(file(), Optional.empty()), now, RELAY, "has a passphrase; set signPassphrase");
        PgpTestKey.of(RELAY).writeSecret(file());
        assertThat(new SigningKey(file(), Optional.empty()).usable(now)).hasSize(1);
    }

    @Test
    void theSignerIsOneSecretKeyThatHasNotEnded() throws Exception {
        PgpTestKey key = PgpTestKey.of(RELAY).endingAt(now.plus(Duration.ofDays(12)));
        key.writePublic(file());
        SigningKey signer = new SigningKey(file(), Optional.empty());
        assertKeyFails(signer, now, RELAY, "is only the public key; signWith needs the secret key: .*");
        Files.writeString(file(), key.secretText() + PgpTestKey.of(PARTNER).secretText());
        assertFails(signer, now, "contains 2 keys; write only the key that signs into it, .*");
        key.writeSecret(file());
        assertThat(signer.usable(now)).hasSize(1);
        assertKeyFails(signer, now.plus(Duration.ofDays(30)), RELAY, "ends on .*; renew it, .*");
        PgpTestKey.of(RELAY).endingAt(now.minus(DAY)).writeSecret(file());
        assertKeyFails(signer, now, RELAY, "ended on .*; renew it, give the recipients its public part, .*");
    }

    private void assertKeyFails(PgpKeys keys, Instant at, String owner, String pattern) {
        assertOutage(
                keys, at, "the PGP key of \\Q" + owner + "\\E \\([0-9A-F]{16}\\) in \\Q" + file() + "\\E " + pattern);
    }

    private void assertFails(PgpKeys keys, Instant at, String pattern) {
        assertOutage(keys, at, "the PGP key file \\Q" + file() + "\\E " + pattern);
    }

    private static void assertOutage(PgpKeys keys, Instant at, String pattern) {
        assertThatThrownBy(() -> keys.usable(at))
                .isInstanceOfSatisfying(DeliveryException.class, failure -> assertThat(failure.action())
                        .isEqualTo(FailureAction.OUTAGE))
                .message()
                .matches(pattern);
    }

    private RecipientKeys recipients() {
        return new RecipientKeys(file());
    }

    private Path file() {
        return directory.resolve("partner.asc");
    }

    private static LocalDate date(Instant time) {
        return LocalDate.ofInstant(time, ZoneOffset.UTC);
    }
}
