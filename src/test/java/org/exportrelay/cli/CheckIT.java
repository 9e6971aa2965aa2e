package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.FreePort;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.SftpServer;
import org.exportrelay.testing.SmallDisk;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code check} prints about servers and disks that do not work. */
class CheckIT {

    @TempDir
    private Path directory;

    private Sandbox sandbox;
    private RelayChild relay;

    @BeforeEach
    void start() throws IOException {
        sandbox = Sandbox.start(SandboxOptions.defaults().withExports(0));
        relay = RelayChild.in(directory.resolve("relay")).at(sandbox);
    }

    @AfterEach
    void stop() {
        sandbox.close();
    }

    @Test
    void givesTheReasonOfEachDestinationThatFailsOnceAndNamesNoJavaClass() throws Exception {
        int closed = FreePort.find();
        Path archive = Files.createFile(directory.resolve("not-a-directory"));
        Ended ended = relay.withExample("deliver-to-sftp")
                .withExample("deliver-links-to-kafka")
                .withExample("deliver-records-to-kafka")
                .withExample("deliver-to-jms")
                .withExample("deliver-to-amqp")
                .withExample("deliver-to-s3")
                .withExample("deliver-to-webhook")
                .with("archive.directory", archive)
                .with("sftp.host", "127.0.0.1")
                .with("sftp.port", closed)
                .with("sftp.directory", "in")
                .with("sftp.username", "relay")
                .with("sftp.password", "password-of-sftp")
                .with("kafka.brokers", "127.0.0.1:" + closed)
                .with("kafka.links-topic", "links")
                .with("kafka.records-topic", "records")
                .with("jms.url", "tcp://127.0.0.1:" + closed)
                .with("jms.username", "relay")
                .with("jms.password", "password-of-jms")
                .with("jms.queue", "exports")
                .with("amqp.url", "amqp://127.0.0.1:" + closed)
                .with("amqp.username", "relay")
                .with("amqp.password", "password-of-amqp")
                .with("amqp.queue", "exports")
                .with("amqp.timeout-millis", "5000")
                .with("s3.bucket", "exports")
                .with("s3.region", "eu-central-1")
                .with("s3.key", "exports/x")
                .with("s3.part-size", "64M")
                .with("s3.endpoint", "http://127.0.0.1:" + closed)
                .with("s3.access-key", "access-key-of-s3")
                .with("s3.secret-key", "secret-key-of-s3")
                .with("webhook.url", "http://127.0.0.1:" + closed + "/hook")
                .with("webhook.timeout", "5s")
                .with("webhook.secret", "whsec_" + "c2VjcmV0LW9mLXdlYmhvb2stMzItYnl0ZXMtbG9uZy0=")
                .run("check");
        assertThat(ended.exitCode()).as(ended.out() + ended.err()).isEqualTo(1);
        List<String> failed =
                ended.out().lines().filter(line -> line.startsWith("FAIL ")).toList();
        assertThat(failed).hasSize(8);
        assertThat(failed).allSatisfy(line -> {
            assertThat(line)
                    .doesNotContainPattern("[A-Z]\\w*(Exception|Error)\\b")
                    .doesNotContain("java.", "org.apache");
            assertThat(Arrays.stream(line.split("[:;] ")).toList()).doesNotHaveDuplicates();
            assertThat(line).containsPattern("; (check|use|create) ");
        });
        assertThat(ended.out()).contains("not-a-directory: is not a directory; ");
    }

    @Test
    void noticesDisksThatAreFullHereAndAtThePartner() throws Exception {
        Path archive = directory.resolve("archive");
        try (SftpServer server = new SftpServer(directory.resolve("server"))
                        .onWrite((session, offset) -> {
                            throw new IOException("No space left on device");
                        })
                        .start();
                SmallDisk disk = SmallDisk.mount(archive, 2)) {
            disk.fill();
            relay.withExample("deliver-to-sftp")
                    .with("archive.directory", archive)
                    .withSftp(server.port(), "in");
            relay.run("trust", server.url(), "--fingerprint", server.fingerprint());
            Ended ended = relay.run("check");
            assertThat(ended.exitCode()).as(ended.out() + ended.err()).isEqualTo(1);
            assertThat(ended.out())
                    .contains("ok    disk: ")
                    .contains(
                            "No space left on device; use a directory that this user may write to, on a disk with free")
                    .contains("; check its rights, disk and quota\n")
                    .doesNotContainPattern("[A-Z]\\w*(Exception|Error)\\b");
            assertThat(server.names("in")).isEmpty();
            assertThat(archive.toFile().list()).containsExactly("ballast");
        }
    }

    @Test
    void givesTheSameReasonOfTwoRoutesOnce() throws Exception {
        Path routes = directory.resolve("relay/routes");
        Files.writeString(
                routes.resolve("second.camel.yaml"),
                Files.readString(routes.resolve("deliver-to-file.camel.yaml"))
                        .replace("deliver-to-file", "deliver-to-second")
                        .replace("exports:archive", "exports:second"));
        Path archive = Files.createFile(directory.resolve("not-a-directory"));
        Ended ended = relay.with("archive.directory", archive).run("check");
        assertThat(ended.exitCode()).as(ended.out() + ended.err()).isEqualTo(1);
        assertThat(ended.out())
                .containsOnlyOnce("is not a directory")
                .contains("not-a-directory: the same failure as for exports:archive\n");
    }
}
