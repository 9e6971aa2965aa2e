package org.exportrelay.destinations;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.exportrelay.delivery.FileName;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxExport;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.GnuPg;
import org.exportrelay.testing.GnuPg.Decrypted;
import org.exportrelay.testing.PgpTestKey;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.SftpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shipped routes that encrypt, in the packaged jar: what recipients read with GnuPG. */
class PgpIT {

    private static final String INBOX = "partner/inbox";
    private static final String FILE = "properties_export_2026-02-17.csv.gz";
    private static final String PARTNER = "Partner <ops@partner.example>";
    private static final String ARCHIVE = "Archive <archive@example.com>";
    private static final String RELAY = "Export Relay <relay@example.com>";
    private static final String PASSPHRASE = "of-the-signer-only";

    @TempDir
    private Path directory;

    private Sandbox sandbox;
    private RelayChild relay;

    @BeforeEach
    void start() {
        sandbox = Sandbox.start(
                SandboxOptions.defaults().withArrivalPeriod(Duration.ZERO).withExports(0));
        relay = RelayChild.in(directory.resolve("relay")).at(sandbox).without("deliver-to-file");
    }

    @AfterEach
    void stop() {
        sandbox.close();
    }

    @Test
    void eachRecipientDecryptsWhatAnSftpServerThatDropsConnectionsReceives() throws Exception {
        try (GnuPg partner = GnuPg.in(directory.resolve("p"));
                GnuPg archive = GnuPg.in(directory.resolve("a"));
                GnuPg own = GnuPg.in(directory.resolve("r"));
                SftpServer server = new SftpServer(directory.resolve("server")).start()) {
            partner.withKey(PARTNER, "rsa3072", "rsa3072", "12d");
            archive.withKey(ARCHIVE, "ed25519", "cv25519", "never");
            own.withSigningKey(RELAY, "ed25519", PASSPHRASE);
            Path signer = own.exportPublic(RELAY, directory.resolve("relay.asc"));
            partner.withPublic(signer);
            archive.withPublic(signer);
            relay.withExample("deliver-encrypted-to-sftp")
                    .withSftp(server.port(), INBOX)
                    .with("sftp.parallel", 2)
                    .with(
                            "pgp.encrypt-to",
                            partner.exportPublic(PARTNER, directory.resolve("partner.asc")) + ","
                                    + archive.exportPublic(ARCHIVE, directory.resolve("archive.asc")))
                    .with("pgp.sign-with", own.exportSecret(RELAY, PASSPHRASE, directory.resolve("secret.asc")))
                    .with("pgp.sign-passphrase", PASSPHRASE);
            assertThat(relay.run("trust", server.url(), "--fingerprint", server.fingerprint())
                            .exitCode())
                    .isZero();

            Ended check = relay.run("check");
            assertThat(check.exitCode()).as(check.out() + check.err()).isZero();
            assertThat(check.out())
                    .containsPattern(
                            "WARN  exports:encrypted-sftp -> PGP key file .*partner.asc: the PGP key of Partner .*"
                                    + " ends on "
                                    + LocalDate.ofInstant(Instant.now().plus(Duration.ofDays(12)), ZoneOffset.UTC))
                    .containsPattern("ok    exports:encrypted-sftp -> PGP key file .*archive.asc: encrypts to Archive")
                    .containsPattern("ok    exports:encrypted-sftp -> PGP key file .*secret.asc: signs as Export Relay")
                    .contains("ok    exports:encrypted-sftp -> sftp://127.0.0.1:");

            add(4, 8000);
            AtomicInteger drops = new AtomicInteger(3);
            server.onWrite((session, offset) -> {
                if (offset > 50_000 && drops.getAndDecrement() > 0) {
                    session.close(true);
                }
            });
            Ended ended = relay.with("relay.delivery.retry-delay", "200ms").run("once");
            assertThat(ended.exitCode()).as(ended.err()).isZero();
            assertThat(drops.get()).isNotPositive();

            Map<String, byte[]> expected = expected();
            assertThat(server.names(INBOX)).containsExactlyElementsOf(expected.keySet());
            for (Map.Entry<String, byte[]> file : expected.entrySet()) {
                for (GnuPg recipient : List.of(partner, archive)) {
                    Decrypted decrypted = recipient.decrypt(server.file(INBOX).resolve(file.getKey()));
                    assertThat(decrypted.content()).isEqualTo(file.getValue());
                    assertThat(decrypted.name()).isEqualTo(file.getKey().replace(".pgp", ""));
                    assertThat(decrypted.signers()).containsExactly(RELAY);
                }
            }
            assertTheLedgerHasBothChecksums(server.file(INBOX));
            assertThat(relay.run("reconcile", "encrypted-sftp").out())
                    .isEqualToIgnoringNewLines(
                            "exports:encrypted-sftp: 4 delivered files compared, 0 missing, 0 different;"
                                    + " 0 unknown there");
            assertThat(spool()).as("copies that are left").isEmpty();
            assertThat(ended.out() + ended.err() + check.out() + check.err())
                    .doesNotContain(PASSPHRASE, "Cannot close", "\tat ");
        }
    }

    /** A key can also be the fault of the operator: nothing leaves the relay, and all follows when the file is replaced. */
    @Test
    void deliversNothingWhileAKeyCannotBeUsedAndEverythingOnceItIsReplaced() throws Exception {
        Path outbox = directory.resolve("outbox");
        try (GnuPg partner = GnuPg.in(directory.resolve("p"))) {
            partner.withKey(PARTNER, "ed25519", "cv25519", "never");
            Path key = PgpTestKey.of(PARTNER)
                    .endingAt(Instant.now().minus(Duration.ofDays(1)))
                    .writePublic(directory.resolve("partner.asc"));
            relay.withExample("deliver-encrypted-to-file")
                    .withExportsOption("deliver-encrypted-to-file", "expand: true")
                    .with("encrypted.directory", outbox)
                    .with("pgp.encrypt-to", key)
                    .with("relay.delivery.retry-delay", "100ms")
                    .with("relay.delivery.max-attempts", 1);
            assertThat(relay.run("validate").out())
                    .containsPattern("deliver-encrypted-to-file.camel.yaml:\\d+: warning: the PGP key of Partner .* in "
                            + key + " ended on .*\\R  rule unusable-pgp-key");
            add(2, 500);
            Ended waiting = relay.run("once", "--wait", "2s");
            assertThat(waiting.exitCode()).isEqualTo(1);
            assertThat(waiting.err())
                    .containsPattern("exports:encrypted-files: down: the PGP key of Partner .* in " + key + " ended on")
                    .doesNotContain("\tat ");
            assertThat(outbox).satisfiesAnyOf(none -> assertThat(none).doesNotExist(), empty -> assertThat(empty)
                    .isEmptyDirectory());
            assertThat(spool()).noneMatch(name -> name.endsWith(".copy"));

            Files.delete(key);
            partner.exportPublic(PARTNER, key);
            Ended ended = relay.run("once");
            assertThat(ended.exitCode()).as(ended.err()).isZero();
            assertThat(outbox).isDirectoryNotContaining("glob:**/.*");
            for (SandboxExport export : sandbox.exports()) {
                Path file = outbox.resolve(FileName.withId("properties_export_2026-02-17.csv.pgp", export.id()));
                assertThat(partner.decrypt(file).content()).isEqualTo(expanded(sandbox.content(export.id(), 0)));
            }
            assertThat(spool()).isEmpty();
        }
    }

    private void assertTheLedgerHasBothChecksums(Path inbox) throws Exception {
        JsonNode status =
                new ObjectMapper().readTree(relay.run("status", "--json").out());
        assertThat(status.get("exports")).hasSize(4).allSatisfy(export -> {
            JsonNode file = export.get("files").get(0);
            JsonNode delivery = file.get("deliveries").get(0);
            String id = export.get("export_id").asText();
            byte[] encrypted = Files.readAllBytes(inbox.resolve(FileName.withId(FILE + ".pgp", id)));
            assertThat(file.get("sha256").asText()).isEqualTo(sha256(sandbox.content(id, 0)));
            assertThat(delivery.get("delivered_sha256").asText()).isEqualTo(sha256(encrypted));
            assertThat(delivery.get("delivered_size").asLong()).isEqualTo(encrypted.length);
        });
    }

    private static byte[] expanded(byte[] content) throws IOException {
        try (InputStream csv = new GZIPInputStream(new ByteArrayInputStream(content))) {
            return csv.readAllBytes();
        }
    }

    private void add(int exports, int records) {
        for (int i = 0; i < exports; i++) {
            sandbox.addFinished("properties_export", new SandboxFile(FILE, records));
        }
    }

    private Map<String, byte[]> expected() {
        Map<String, byte[]> files = new TreeMap<>();
        for (SandboxExport export : sandbox.exports()) {
            files.put(FileName.withId(FILE + ".pgp", export.id()), sandbox.content(export.id(), 0));
        }
        return files;
    }

    private List<String> spool() throws IOException {
        try (Stream<Path> files = Files.list(relay.directory().resolve("data/spool"))) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private static String sha256(byte[] content) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    }
}
