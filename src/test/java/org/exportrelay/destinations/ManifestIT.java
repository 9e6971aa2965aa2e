package org.exportrelay.destinations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxExport;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.DirectoryWatch;
import org.exportrelay.testing.Postgres;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.RelayChild.Running;
import org.exportrelay.testing.SftpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The shipped routes of manifests, with kills while the files of exports are delivered. */
class ManifestIT {

    private static final String SUFFIX = ".manifest.json";
    private static final String INBOX = "inbox";
    private static final int ROUNDS = 3;
    private static final int EXPORTS_OF_ROUND = 4;
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path directory;

    private final Random random = new Random(22);
    private Sandbox sandbox;
    private SftpServer sftp;

    @BeforeEach
    void start() throws Exception {
        sandbox = Sandbox.start(SandboxOptions.defaults()
                .withExports(0)
                .withArrivalPeriod(Duration.ZERO)
                .withSeed(22));
        sftp = new SftpServer(directory.resolve("server")).start();
    }

    @AfterEach
    void stop() throws Exception {
        sftp.close();
        sandbox.close();
    }

    @Test
    void noManifestComesBeforeItsFilesAndEachDescribesThemOnSqlite() throws Exception {
        RelayChild relay = killAndCompare(RelayChild.in(directory.resolve("relay")));
        followsAReplayOfItsFiles(relay);
    }

    @Test
    void noManifestComesBeforeItsFilesAndEachDescribesThemOnPostgresql() throws Exception {
        try (EmbeddedPostgres postgres = Postgres.start()) {
            killAndCompare(RelayChild.in(directory.resolve("relay"))
                    .withLedger(postgres)
                    .with("relay.delivery.lease", "5s"));
        }
    }

    private RelayChild killAndCompare(RelayChild installed) throws Exception {
        RelayChild relay = installed
                .at(sandbox)
                .withExample("deliver-to-sftp")
                .withExample("deliver-manifest-to-sftp")
                .withExample("deliver-manifest-to-file")
                .with("relay.poll.period", "1s")
                .withSftp(sftp.port(), INBOX);
        Ended trust = relay.run("trust", sftp.url(), "--fingerprint", sftp.fingerprint());
        assertThat(trust.exitCode()).as(trust.err()).isZero();
        try (ManifestWatch archive = new ManifestWatch(relay.archive());
                ManifestWatch inbox = new ManifestWatch(sftp.file(INBOX))) {
            for (int round = 0; round < ROUNDS; round++) {
                addExports();
                killWhileFilesArrive(relay, round % 2 == 0 ? relay.archive() : sftp.file(INBOX));
            }
            Ended ended = relay.run("once");
            assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
            await().atMost(Duration.ofSeconds(10))
                    .until(() -> archive.seen() == sandbox.exports().size()
                            && inbox.seen() == sandbox.exports().size());
            assertThat(archive.wrongs()).isEmpty();
            assertThat(inbox.wrongs()).isEmpty();
        }
        compare("archive", relay.archive());
        compare("sftp", sftp.file(INBOX));
        for (String destination : List.of("archive-manifest", "sftp-manifest")) {
            assertThat(relay.run("reconcile", destination, "--checksums").out())
                    .contains(sandbox.exports().size()
                            + " delivered files compared, 0 missing, 0 different; 0 unknown there");
        }
        return relay;
    }

    private void addExports() {
        for (int i = 0; i < EXPORTS_OF_ROUND; i++) {
            sandbox.addFinished(
                    "properties_export",
                    new SandboxFile("part1.csv.gz", 9000),
                    new SandboxFile("part2.csv.gz", 2000),
                    new SandboxFile("contacts.csv.gz", 50));
        }
    }

    private void killWhileFilesArrive(RelayChild relay, Path destination) {
        int before = DirectoryWatch.names(destination).size();
        Running running = relay.start("run");
        try {
            await().atMost(Duration.ofSeconds(60))
                    .pollInterval(Duration.ofMillis(2))
                    .until(() -> DirectoryWatch.names(destination).size() > before);
            await().pollDelay(Duration.ofMillis(random.nextInt(200))).until(() -> true);
        } finally {
            running.kill();
        }
    }

    /** Exactly the files of the exports and a manifest of each, which has their sizes, checksums and records. */
    private void compare(String destination, Path at) throws Exception {
        Set<String> names = new TreeSet<>();
        for (SandboxExport export : sandbox.exports()) {
            String name = "properties_export." + export.id() + SUFFIX;
            names.add(name);
            JsonNode manifest = JSON.readTree(at.resolve(name).toFile());
            assertThat(manifest.path("export_id").textValue()).isEqualTo(export.id());
            assertThat(manifest.path("destination").textValue()).isEqualTo(destination);
            assertThat(manifest.path("record_count").intValue()).isEqualTo(export.recordCount());
            assertThat(manifest.path("skipped")).isEmpty();
            assertThat(manifest.path("files")).hasSameSizeAs(export.files());
            for (int i = 0; i < export.files().size(); i++) {
                SandboxFile file = export.files().get(i);
                byte[] content = sandbox.content(export.id(), i);
                String delivered = file.filename().replace(".csv.gz", "." + export.id() + ".csv.gz");
                names.add(delivered);
                JsonNode listed = manifest.path("files").get(i);
                assertThat(listed.path("name").textValue()).isEqualTo(delivered);
                assertThat(listed.path("filename").textValue()).isEqualTo(file.filename());
                assertThat(listed.path("location").textValue())
                        .endsWith("/" + delivered)
                        .doesNotContain(SftpServer.USER + "@");
                assertThat(listed.path("size").longValue()).isEqualTo(content.length);
                assertThat(listed.path("sha256").textValue()).isEqualTo(sha256(content));
                assertThat(listed.path("records").intValue()).isEqualTo(file.records());
                assertThat(at.resolve(delivered)).hasBinaryContent(content);
            }
        }
        assertThat(DirectoryWatch.names(at)).containsExactlyElementsOf(names);
    }

    private void followsAReplayOfItsFiles(RelayChild relay) throws Exception {
        SandboxExport export = sandbox.exports().get(0);
        Path manifest = relay.archive().resolve("properties_export." + export.id() + SUFFIX);
        JsonNode before = JSON.readTree(manifest.toFile());
        for (Path file : relay.archived()) {
            if (file.getFileName().toString().contains(export.id())) {
                Files.delete(file);
            }
        }
        Ended replay = relay.run(
                "replay", "--export", export.id(), "--destination", "archive", "--state", "delivered", "--yes");
        assertThat(replay.exitCode()).as(replay.out() + replay.err()).isZero();
        Ended ended = relay.run("once");
        assertThat(ended.exitCode()).as(ended.out() + ended.err()).isZero();
        compare("archive", relay.archive());
        assertThat(JSON.readTree(manifest.toFile()).path("delivered_at").textValue())
                .isGreaterThan(before.path("delivered_at").textValue());
    }

    private static String sha256(byte[] content) throws NoSuchAlgorithmException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    }

    /** Reads each manifest as soon as it is there, and the files that it lists. */
    private static final class ManifestWatch implements AutoCloseable {

        private final Path directory;
        private final Set<String> seen = new HashSet<>();
        private final List<String> wrongs = new CopyOnWriteArrayList<>();
        private final Thread watcher = new Thread(this::watch, "manifest-watch");
        private volatile int count;
        private volatile boolean ended;

        ManifestWatch(Path directory) {
            this.directory = directory;
            watcher.start();
        }

        int seen() {
            return count;
        }

        List<String> wrongs() {
            return wrongs;
        }

        private void watch() {
            try {
                while (!ended) {
                    for (String name : DirectoryWatch.names(directory).stream()
                            .filter(name -> !name.startsWith(".") && name.endsWith(SUFFIX))
                            .collect(Collectors.toList())) {
                        if (seen.add(name)) {
                            check(name);
                            count++;
                        }
                    }
                    Thread.sleep(2);
                }
            } catch (Exception e) {
                wrongs.add("the watch of " + directory + " ended: " + e);
            }
        }

        private void check(String name) throws IOException, NoSuchAlgorithmException {
            for (JsonNode file : JSON.readTree(directory.resolve(name).toFile()).path("files")) {
                Path delivered = directory.resolve(file.path("name").textValue());
                if (!Files.exists(delivered)) {
                    wrongs.add(name + " came before " + delivered.getFileName());
                } else if (!sha256(Files.readAllBytes(delivered))
                        .equals(file.path("sha256").textValue())) {
                    wrongs.add(name + " has another checksum of " + delivered.getFileName());
                }
            }
        }

        @Override
        public void close() throws InterruptedException {
            ended = true;
            watcher.join();
        }
    }
}
