package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxExport;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.S3Server;
import org.exportrelay.testing.SftpServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;

/** {@code reconcile} with the shipped routes to a directory, an SFTP server and a bucket. */
class ReconcileIT {

    /** Two parts in S3. */
    private static final int BIG = 300_000;

    @TempDir
    private Path directory;

    @Test
    void findsWhatIsMissingOrDifferentEverywhereAndDeliversTheMissingAgain() throws Exception {
        try (S3Server s3 = S3Server.start(directory);
                S3Client client = s3.client();
                SftpServer sftp = new SftpServer(directory.resolve("partner")).start();
                Sandbox sandbox =
                        Sandbox.start(SandboxOptions.defaults().withExports(0).withArrivalPeriod(Duration.ZERO))) {
            SandboxExport small = sandbox.addFinished("people_export", new SandboxFile("people.csv.gz", 100));
            SandboxExport big = sandbox.addFinished("properties_export", new SandboxFile("properties.csv.gz", BIG));
            String people = "people." + small.id() + ".csv.gz";
            String properties = "properties." + big.id() + ".csv.gz";
            RelayChild relay = relay(sandbox, s3, sftp);
            Ended delivered = relay.run("once");
            assertThat(delivered.exitCode()).as(delivered.err()).isZero();

            Ended same = relay.run("reconcile", "--checksums");
            assertThat(same.out().lines())
                    .containsExactly(
                            "exports:archive: 2 delivered files compared, 0 missing, 0 different; 0 unknown there",
                            "exports:s3: 2 delivered files compared, 0 missing, 0 different; 0 unknown there",
                            "exports:sftp: 2 delivered files compared, 0 missing, 0 different; 0 unknown there");
            assertThat(same.exitCode()).isZero();

            Files.delete(relay.archive().resolve(people));
            Files.delete(sftp.file("in/" + properties));
            Files.writeString(sftp.file("in/" + people), "more", StandardOpenOption.APPEND);
            Files.writeString(sftp.file("in/stray.txt"), "x");
            client.deleteObject(request -> request.bucket(S3Server.BUCKET).key("from-relay/" + people));
            byte[] other = new byte[sandbox.content(big.id(), 0).length];
            client.putObject(
                    request -> request.bucket(S3Server.BUCKET).key("from-relay/" + properties),
                    RequestBody.fromBytes(other));
            Ended differences = relay.run("reconcile", "--checksums", "--json");
            assertThat(differences.exitCode()).as(differences.err()).isEqualTo(1);
            List<JsonNode> lines = lines(differences);
            assertThat(lines)
                    .filteredOn(line -> !line.path("result").asText().equals("summary"))
                    .extracting(line -> line.path("result").asText() + " "
                            + line.path("destination").asText() + " "
                            + line.path("location").asText().replaceFirst(".*/", ""))
                    .containsExactlyInAnyOrder(
                            "missing archive " + people,
                            "missing s3 " + people,
                            "different s3 " + properties,
                            "missing sftp " + properties,
                            "different sftp " + people,
                            "unknown sftp stray.txt");
            assertThat(lines)
                    .filteredOn(line -> line.path("result").asText().equals("summary"))
                    .hasSize(3);
            assertThat(relay.run("reconcile", "archive").out().lines())
                    .containsExactly(
                            "exports:archive: missing: file:"
                                    + relay.archive().toRealPath().resolve(people) + " is not there",
                            "exports:archive: 2 delivered files compared, 1 missing, 0 different; 0 unknown there");

            assertThat(relay.run("reconcile", "--replay").out())
                    .contains(
                            "reconcile: 3 deliveries will be made again, by the relay that runs or at its next start");
            Ended again = relay.run("once");
            assertThat(again.exitCode()).as(again.err()).isZero();
            Ended after = relay.run("reconcile");
            assertThat(after.out().lines().filter(line -> line.contains(": missing: ")))
                    .isEmpty();
            assertThat(sftp.file("in/stray.txt")).hasContent("x");
            assertThat(after.out() + after.err()).doesNotContain(S3Server.SECRET_KEY, SftpServer.PASSWORD);

            sftp.stop();
            Ended away = relay.run("reconcile", "sftp");
            assertThat(away.exitCode()).isEqualTo(1);
            assertThat(away.out()).contains("exports:sftp: unchecked: sftp://", "/ cannot be listed: ");
            Ended unknown = relay.run("reconcile", "sftpp");
            assertThat(unknown.exitCode()).isEqualTo(2);
            assertThat(unknown.err()).contains("the ledger has no destination 'sftpp'; did you mean sftp?");
        }
    }

    private RelayChild relay(Sandbox sandbox, S3Server s3, SftpServer sftp) {
        RelayChild relay = RelayChild.in(directory.resolve("relay"))
                .at(sandbox)
                .withExample("deliver-to-s3")
                .withExample("deliver-to-sftp")
                .withSftp(sftp.port(), "in")
                .with("s3.bucket", S3Server.BUCKET)
                .with("s3.region", "us-east-1")
                .with("s3.endpoint", "http://127.0.0.1:" + s3.port())
                .with("s3.access-key", S3Server.ACCESS_KEY)
                .with("s3.secret-key", S3Server.SECRET_KEY)
                .with("s3.key", "from-relay/$simple{header.CamelFileName}")
                .with("s3.part-size", "5M");
        assertThat(relay.run("trust", sftp.url(), "--fingerprint", sftp.fingerprint())
                        .exitCode())
                .isZero();
        return relay;
    }

    private static List<JsonNode> lines(Ended ended) throws Exception {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : ended.out().lines().toList()) {
            lines.add(new ObjectMapper().readTree(line));
        }
        return lines;
    }
}
