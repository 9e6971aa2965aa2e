package org.exportrelay.destinations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.exportrelay.delivery.FileName;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxExport;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.Postgres;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.RelayChild.Running;
import org.exportrelay.testing.RelayLedger;
import org.exportrelay.testing.S3Server;
import org.exportrelay.testing.SftpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3Client;

/** Routes in the packaged jar that give many exports of a day one file name. */
class RepeatedNamesIT {

    private static final String FILE = "properties_export_2026-02-17.csv.gz";
    private static final String DAILY = "${header.ExportCreatedAt.substring(0,10)}_${header.ExportName}.csv.gz";
    private static final int EXPORTS = 30;

    @TempDir
    private Path directory;

    /** Content by unique name. */
    private final Map<String, byte[]> contents = new TreeMap<>();

    private Sandbox sandbox;

    @BeforeEach
    void start() {
        sandbox = Sandbox.start(
                SandboxOptions.defaults().withArrivalPeriod(Duration.ZERO).withExports(0));
        for (int i = 0; i < EXPORTS; i++) {
            SandboxExport export = sandbox.addFinished("properties_export", new SandboxFile(FILE, 50 + i));
            contents.put(FileName.withId(FILE, export.id()), sandbox.content(export.id(), 0));
        }
    }

    @AfterEach
    void stop() {
        sandbox.close();
    }

    @Test
    void everyExportButTheFirstIsParkedWithBothNamesAndNoneIsLost() throws Exception {
        RelayChild relay = relay("relay");
        nameFiles(relay, DAILY);
        assertThat(relay.run("validate").out())
                .contains("warning: fileName=" + DAILY + ": two files can have the same name here")
                .contains("set overwrite=true at exports:archive");
        Ended ended = relay.run("once");
        assertThat(ended.exitCode()).isEqualTo(1);
        assertOneIsDelivered(relay.ledger());
        Path only = onlyFile();
        String holder = deliveredName(relay.ledger());
        assertThat(only).hasBinaryContent(contents.get(holder));
        List<String> parked = ended.err()
                .lines()
                .filter(line -> line.contains("; parked after attempt 1"))
                .toList();
        assertThat(parked).hasSize(EXPORTS - 1).allMatch(line -> line.contains("is already " + holder));
        assertThat(relay.ledger().column("SELECT location FROM delivery WHERE state = 'delivered'"))
                .containsExactly("file:" + only.toRealPath());

        assertThat(relay.run("replay", "--state", "delivered").exitCode()).isZero();
        assertThat(relay.run("once").err()).contains("delivered " + holder);
        assertThat(onlyFile()).hasBinaryContent(contents.get(holder));

        nameFiles(relay, "${header.CamelFileName}");
        assertThat(relay.run("validate").out()).doesNotContain("same name");
        assertThat(relay.run("replay").exitCode()).isZero();
        Ended repaired = relay.run("once");
        assertThat(repaired.exitCode()).as(repaired.err()).isZero();
        for (Map.Entry<String, byte[]> file : contents.entrySet()) {
            Path path = file.getKey().equals(holder) ? only : archive().resolve(file.getKey());
            assertThat(path).hasBinaryContent(file.getValue());
        }
        assertThat(relay.ledger().number("SELECT count(*) FROM file_location")).isEqualTo(1);
    }

    @Test
    void overwriteKeepsTheLatest() throws Exception {
        RelayChild relay = relay("relay");
        nameFiles(relay, "latest.csv.gz");
        edit(relay, "payload: file", "payload: file\n        overwrite: true");
        assertThat(relay.run("validate").out()).doesNotContain("same name");
        Ended ended = relay.run("once");
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertThat(contents.values().stream().filter(content -> isContent(onlyFile(), content)))
                .hasSize(1);
        assertThat(relay.ledger().number("SELECT count(DISTINCT location) FROM delivery"))
                .isEqualTo(1);
    }

    @Test
    void twoDestinationsInOneDirectoryReplaceNothingOfEachOther() throws Exception {
        RelayChild relay = relay("relay");
        nameFiles(relay, "${header.ExportId}.csv.gz");
        Path route = relay.directory().resolve("routes/deliver-to-file.camel.yaml");
        Files.writeString(
                relay.directory().resolve("routes/other.camel.yaml"),
                Files.readString(route)
                        .replace("id: deliver-to-file", "id: other")
                        .replace("exports:archive", "exports:other"));
        Ended ended = relay.run("once");
        assertThat(ended.exitCode()).isEqualTo(1);
        assertThat(relay.ledger().number("SELECT count(*) FROM delivery WHERE state = 'delivered'"))
                .isEqualTo(EXPORTS);
        assertThat(relay.ledger().number("SELECT count(*) FROM delivery WHERE state = 'parked'"))
                .isEqualTo(EXPORTS);
        assertThat(relay.ledger().number("SELECT count(DISTINCT file_id) FROM delivery WHERE state = 'delivered'"))
                .isEqualTo(EXPORTS);
    }

    @Test
    void twoInstancesDeliverOneOfThem() throws Exception {
        try (EmbeddedPostgres postgres = Postgres.start()) {
            RelayLedger ledger = RelayLedger.of(postgres);
            List<Running> instances = Stream.of("one", "two")
                    .map(name -> {
                        RelayChild relay = relay(name).withLedger(postgres).with("relay.poll.period", "1s");
                        nameFiles(relay, DAILY);
                        return relay.start("run");
                    })
                    .toList();
            try {
                await().atMost(Duration.ofSeconds(120))
                        .ignoreExceptions()
                        .until(() ->
                                ledger.number("SELECT count(*) FROM delivery WHERE state IN ('delivered', 'parked')")
                                        == EXPORTS);
                assertOneIsDelivered(ledger);
                assertThat(onlyFile()).hasBinaryContent(contents.get(deliveredName(ledger)));
            } finally {
                instances.forEach(Running::stop);
            }
        }
    }

    @Test
    void holdsOnAnSftpServer() throws Exception {
        try (SftpServer server = new SftpServer(directory.resolve("server"))) {
            server.start();
            RelayChild relay = relay("relay")
                    .withExample("deliver-to-sftp")
                    .without("deliver-to-file")
                    .withSftp(server.port(), "in");
            replace(
                    relay.directory().resolve("routes/deliver-to-sftp.camel.yaml"),
                    "${header.CamelFileName}${header.Companion}",
                    DAILY);
            assertThat(relay.run("trust", server.url(), "--fingerprint", server.fingerprint())
                            .exitCode())
                    .isZero();
            assertThat(relay.run("validate").out())
                    .contains("same name here")
                    .contains("set overwrite=true at exports:sftp");
            assertThat(relay.run("once").exitCode()).isEqualTo(1);
            assertOneIsDelivered(relay.ledger());
            String only = server.names("in").get(0);
            assertThat(server.names("in")).hasSize(1);
            assertThat(server.file("in/" + only)).hasBinaryContent(contents.get(deliveredName(relay.ledger())));
            assertThat(relay.ledger().column("SELECT location FROM delivery WHERE state = 'delivered'"))
                    .containsExactly("sftp://" + SftpServer.USER + "@127.0.0.1:" + server.port() + "/~/in/" + only);
        }
    }

    @Test
    void holdsInABucketUntilTheObjectIsDeleted() throws Exception {
        S3Server server = S3Server.start(directory);
        try (S3Client client = server.client()) {
            RelayChild relay = relay("relay")
                    .withExample("deliver-to-s3")
                    .without("deliver-to-file")
                    .with("s3.bucket", S3Server.BUCKET)
                    .with("s3.region", "us-east-1")
                    .with("s3.endpoint", "http://127.0.0.1:" + server.port())
                    .with("s3.access-key", S3Server.ACCESS_KEY)
                    .with("s3.secret-key", S3Server.SECRET_KEY)
                    .with("s3.part-size", "5M")
                    .with("s3.key", "daily/$simple{header.ExportName}.csv.gz");
            assertThat(relay.run("validate").out())
                    .contains("warning: CamelAwsS3Key=daily/$simple{header.ExportName}.csv.gz: two files");
            assertThat(relay.run("once").exitCode()).isEqualTo(1);
            assertOneIsDelivered(relay.ledger());
            String key = "daily/properties_export.csv.gz";
            assertThat(client.getObjectAsBytes(
                                    request -> request.bucket(S3Server.BUCKET).key(key))
                            .asByteArray())
                    .isEqualTo(contents.get(deliveredName(relay.ledger())));
            assertThat(relay.ledger().column("SELECT location FROM delivery WHERE state = 'delivered'"))
                    .containsExactly("s3://127.0.0.1:" + server.port() + "/" + S3Server.BUCKET + "/" + key);

            client.deleteObject(request -> request.bucket(S3Server.BUCKET).key(key));
            assertThat(relay.run("replay").exitCode()).isZero();
            assertThat(relay.run("once").exitCode()).isEqualTo(1);
            assertThat(relay.ledger().number("SELECT count(*) FROM delivery WHERE state = 'delivered'"))
                    .as("one more")
                    .isEqualTo(2);
        } finally {
            server.close();
        }
    }

    private RelayChild relay(String name) {
        return RelayChild.in(directory.resolve(name))
                .at(sandbox)
                .with("archive.directory", archive())
                .with("relay.delivery.retry-delay", "200ms");
    }

    /** As docs/routes.md recommends, but for the name. */
    private static void nameFiles(RelayChild relay, String expression) {
        Path route = relay.directory().resolve("routes/deliver-to-file.camel.yaml");
        try {
            String without = Files.readString(route)
                    .lines()
                    .filter(line -> !line.contains("fileName: "))
                    .collect(Collectors.joining("\n", "", "\n"));
            Files.writeString(
                    route,
                    without.replace(
                            "            parameters:\n",
                            "            parameters:\n              fileName: \"" + expression + "\"\n"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void edit(RelayChild relay, String text, String by) throws IOException {
        replace(relay.directory().resolve("routes/deliver-to-file.camel.yaml"), text, by);
    }

    private static void replace(Path file, String text, String by) throws IOException {
        String before = Files.readString(file);
        assertThat(before).contains(text);
        Files.writeString(file, before.replace(text, by));
    }

    private static void assertOneIsDelivered(RelayLedger ledger) throws Exception {
        assertThat(ledger.number("SELECT count(*) FROM delivery WHERE state = 'delivered'"))
                .isEqualTo(1);
        assertThat(ledger.number("SELECT count(*) FROM delivery WHERE state = 'parked' AND attempts = 1"
                        + " AND last_error LIKE '% is already % of export %; give each file a name of its own%'"))
                .isEqualTo(EXPORTS - 1);
    }

    private static String deliveredName(RelayLedger ledger) throws Exception {
        return FileName.withId(
                FILE,
                ledger.column("SELECT f.export_id FROM delivery d JOIN export_file f ON f.file_id = d.file_id"
                                + " WHERE d.state = 'delivered'")
                        .get(0));
    }

    private Path onlyFile() {
        try (Stream<Path> files = Files.list(archive())) {
            List<Path> all = files.toList();
            assertThat(all).hasSize(1);
            return all.get(0);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static boolean isContent(Path file, byte[] content) {
        try {
            return Arrays.equals(Files.readAllBytes(file), content);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Path archive() {
        return directory.resolve("archive");
    }
}
