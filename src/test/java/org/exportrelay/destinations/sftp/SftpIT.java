package org.exportrelay.destinations.sftp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.jcraft.jsch.JSch;
import com.jcraft.jsch.KeyPair;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.exportrelay.delivery.FileName;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxExport;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.RelayChild.Running;
import org.exportrelay.testing.SftpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** routes/examples/deliver-to-sftp.camel.yaml as it is, in the packaged jar, against a server that goes wrong. */
class SftpIT {

    private static final String INBOX = "partner/inbox";
    private static final String FILE = "properties_export_2026-02-17.csv.gz";

    @TempDir
    private Path directory;

    private Sandbox sandbox;
    private SftpServer server;
    private RelayChild relay;

    @BeforeEach
    void start() {
        sandbox = Sandbox.start(
                SandboxOptions.defaults().withArrivalPeriod(Duration.ZERO).withExports(0));
        server = new SftpServer(directory.resolve("server")).start();
        relay = RelayChild.in(directory.resolve("relay"))
                .at(sandbox)
                .withExample("deliver-to-sftp")
                .without("deliver-to-file")
                .with("relay.delivery.retry-delay", "200ms")
                .withSftp(server.port(), INBOX);
    }

    @AfterEach
    void stop() {
        server.close();
        sandbox.close();
    }

    @Test
    void deliversNothingBeforeTheHostKeyIsTrustedAndEverythingAfterwards() throws Exception {
        add(2, 500);
        relay.with("relay.delivery.max-attempts", 1);
        Ended untrusted = relay.run("once", "--wait", "2s");
        assertThat(untrusted.exitCode()).isEqualTo(1);
        assertThat(lines(untrusted, "its host key " + server.fingerprint()))
                .as(untrusted.err())
                .hasSize(1)
                .allMatch(line ->
                        line.contains("is not in known_hosts") && line.contains("run: trust " + server.url() + ";"));
        assertQuiet(untrusted);
        assertThat(server.names("")).isEmpty();

        Ended unasked = relay.run("trust", server.url());
        assertThat(unasked.exitCode()).isEqualTo(2);
        assertThat(unasked.out()).contains(server.fingerprint()).contains("ecdsa-sha2-nistp256");
        assertThat(unasked.err()).contains("pass --fingerprint " + server.fingerprint());
        Ended pinned = relay.run("trust", server.url(), "--fingerprint", server.fingerprint());
        assertThat(pinned.exitCode()).as(pinned.err()).isZero();
        assertThat(pinned.out()).contains("Pinned in known_hosts.");

        Ended trusted = relay.run("once");
        assertThat(trusted.exitCode()).as(trusted.err()).isZero();
        assertInboxIsExact();

        server.stop();
        server.withNewHostKey().start();
        add(1, 500);
        Ended changed = relay.run("once", "--wait", "2s");
        assertThat(changed.exitCode()).isEqualTo(1);
        assertThat(lines(changed, "its host key has CHANGED from"))
                .as(changed.err())
                .hasSize(1)
                .allMatch(line -> line.contains("run: trust " + server.url()));
        assertQuiet(changed);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "#bean:geheim",
                "pa{{b}}cdef",
                "${sys.HOME}$simple{x}",
                "{{?x}}1234",
                "tab\tinside",
                "x)&password=y\\",
                "RAW(abcdefgh)"
            })
    void takesAPasswordOfTheEnvironmentLiterally(String password) throws Exception {
        server.withPassword(password);
        trust();
        add(1, 500);
        relay.with("sftp.password", password);
        Ended valid = relay.run("validate");
        assertThat(valid.exitCode()).as(valid.err()).isZero();
        Ended ended = relay.run("once");
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertInboxIsExact();
        server.withPassword("another");
        add(1, 500);
        relay.with("relay.delivery.max-attempts", 1);
        assertThat(relay.run("once", "--wait", "2s").err())
                .doesNotContain(password, "geheim", "cdef", "1234", "inside", "abcd");
    }

    @Test
    void uploadsInParallelWithAPrivateKeyAndCompanionsThatComeLast() throws Exception {
        Path key = directory.resolve("id_ecdsa");
        server.withClientKey(encrypted(key, "pass phrase")).stop();
        server.throttled(30).start();
        trust();
        add(4, 5000);
        relay.with("sftp.password", "")
                .with("sftp.private-key-file", key)
                .with("sftp.private-key-passphrase", "pass phrase")
                .with("sftp.sha256-files", true)
                .with("sftp.done-files", true);
        Ended ended;
        try (InboxWatch watch = new InboxWatch(server, INBOX, expected())) {
            ended = relay.run("once");
            assertThat(watch.wrongs()).isEmpty();
            assertThat(watch.looks()).isGreaterThan(10);
        }
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertThat(server.mostWriting()).isGreaterThan(1);
        Map<String, byte[]> expected = expected();
        assertThat(server.names(INBOX)).hasSize(3 * expected.size()).noneMatch(name -> name.startsWith("."));
        for (Map.Entry<String, byte[]> file : expected.entrySet()) {
            assertThat(inbox(file.getKey())).hasBinaryContent(file.getValue());
            assertThat(inbox(file.getKey() + ".done")).isEmptyFile();
            assertThat(Files.readString(inbox(file.getKey() + ".sha256")))
                    .isEqualTo(sha256(file.getValue()) + "  " + file.getKey() + "\n");
        }
    }

    @Test
    void showsNoHalfFileWhileTheServerDropsConnectionsInMidFileAndRepeatsUntilAllIsThere() throws Exception {
        trust();
        add(2, 8000);
        AtomicInteger drops = new AtomicInteger(3);
        server.onWrite((session, offset) -> {
            pause(10);
            if (offset > 100_000 && drops.getAndDecrement() > 0) {
                session.close(true);
            }
        });
        relay.with("sftp.parallel", 1).with("quarkus.log.category.\"org.apache.camel\".level", "DEBUG");
        Ended ended;
        try (InboxWatch watch = new InboxWatch(server, INBOX, expected())) {
            ended = relay.run("once");
            assertThat(watch.wrongs()).isEmpty();
            assertThat(watch.sawTemporary()).isTrue();
        }
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertThat(drops.get()).isNotPositive();
        assertThat(lines(ended, "exports:sftp: down: "))
                .isNotEmpty()
                .allMatch(line -> line.contains("broke off in mid-file"));
        assertThat(ended.err() + ended.out()).doesNotContain(SftpServer.PASSWORD);
        assertInboxIsExact();
    }

    @Test
    void finishesAfterAKillInMidFileAndLeavesNoTemporaryFile() throws Exception {
        trust();
        add(1, 8000);
        server.throttled(200);
        Running running = relay.start("run");
        await().atMost(Duration.ofSeconds(20))
                .until(() -> server.names(INBOX).stream().anyMatch(name -> name.endsWith(".1.part")));
        running.process().destroyForcibly();
        running.await();
        assertThat(server.names(INBOX)).singleElement().asString().endsWith(".1.part");
        server.throttled(0);
        Ended ended = relay.run("once");
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertInboxIsExact();
    }

    @Test
    void replacesWhatIsThereAlsoWhereRenamingCannot() throws Exception {
        server.stop();
        server.withoutPosixRename().start();
        trust();
        add(1, 500);
        assertThat(relay.run("once").exitCode()).isZero();
        String name = expected().keySet().iterator().next();
        Files.writeString(inbox(name), "an earlier copy");
        assertThat(relay.run("replay", "--state", "delivered").exitCode()).isZero();
        Ended again = relay.run("once");
        assertThat(again.exitCode()).as(again.err()).isZero();
        assertInboxIsExact();
    }

    @Test
    void warnsOfARouteThatTakesAnyHostKeyAndAcceptsTheExample() throws Exception {
        Files.writeString(
                relay.directory().resolve("routes/careless.camel.yaml"),
                """
                - route:
                    id: careless
                    from:
                      uri: direct:careless
                      steps:
                        - to:
                            uri: sftp://127.0.0.1:22/in
                            parameters:
                              username: relay
                              password: hunter22
                              strictHostKeyChecking: no
                """);
        Ended ended = relay.run("validate");
        assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
        assertThat(ended.out())
                .contains("routes/careless.camel.yaml:6: warning: a machine that impersonates this server")
                .contains("3 route files, 0 faults, 1 warning");
    }

    /** As the command does, without another process. */
    private void trust() throws IOException {
        KnownHosts known = new KnownHosts(relay.directory().resolve("known_hosts"));
        ServerAddress address = ServerAddress.parse(server.url());
        known.pin(address, HostKeyProbe.ask(address, known));
    }

    private void add(int exports, int records) {
        for (int i = 0; i < exports; i++) {
            sandbox.addFinished("properties_export", new SandboxFile(FILE, records));
        }
    }

    private Map<String, byte[]> expected() {
        Map<String, byte[]> files = new TreeMap<>();
        for (SandboxExport export : sandbox.exports()) {
            files.put(FileName.withId(FILE, export.id()), sandbox.content(export.id(), 0));
        }
        return files;
    }

    private void assertInboxIsExact() throws IOException {
        Map<String, byte[]> expected = expected();
        assertThat(server.names(INBOX)).containsExactlyElementsOf(expected.keySet());
        for (Map.Entry<String, byte[]> file : expected.entrySet()) {
            assertThat(inbox(file.getKey())).hasBinaryContent(file.getValue());
        }
    }

    private Path inbox(String name) {
        return server.file(INBOX).resolve(name);
    }

    /** Each failure is said once, by the delivery's own line. */
    private static void assertQuiet(Ended ended) {
        assertThat(ended.err())
                .doesNotContain("\tat ")
                .doesNotContain("Writing file failed")
                .doesNotContain("JSCH")
                .doesNotContain(SftpServer.PASSWORD);
    }

    /** The deliveries' own lines; at its end once lists what it did not deliver once more. */
    private static List<String> lines(Ended ended, String part) {
        return ended.err()
                .lines()
                .filter(line -> line.contains(part) && !line.contains("not delivered: "))
                .toList();
    }

    /** Writes a private key that only its passphrase opens. */
    private static PublicKey encrypted(Path file, String passphrase) throws Exception {
        KeyPair pair = KeyPair.genKeyPair(new JSch(), KeyPair.ECDSA, 256);
        pair.writePrivateKey(file.toString(), passphrase.getBytes(UTF_8));
        return PublicKeyEntry.parsePublicKeyEntry(
                        "ecdsa-sha2-nistp256 " + Base64.getEncoder().encodeToString(pair.getPublicKeyBlob()))
                .resolvePublicKey(null, null, null);
    }

    private static String sha256(byte[] content) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    }

    private static void pause(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
