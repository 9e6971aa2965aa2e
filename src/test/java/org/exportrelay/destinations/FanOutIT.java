package org.exportrelay.destinations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxExport;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.ArtemisBroker;
import org.exportrelay.testing.KafkaBroker;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.RelayChild.Running;
import org.exportrelay.testing.SftpServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One route file per destination, all on the same exports, and {@code check} before them. */
class FanOutIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String INBOX = "inbox";
    private static final int RECORDS = 300;

    @TempDir
    private Path directory;

    private Sandbox sandbox;
    private KafkaBroker kafka;
    private ArtemisBroker artemis;
    private SftpServer sftp;
    private RelayChild relay;

    @BeforeEach
    void start() throws Exception {
        sandbox = Sandbox.start(SandboxOptions.defaults()
                .withExports(0)
                .withArrivalPeriod(Duration.ZERO)
                .withSeed(8)
                .withRequestsPerMinute(100_000)
                .withRequestsPerDay(1_000_000));
        kafka = KafkaBroker.start();
        kafka.createTopic("records", 3);
        artemis = ArtemisBroker.start(directory.resolve("artemis"));
        sftp = new SftpServer(directory.resolve("server")).start();
        relay = RelayChild.in(directory.resolve("relay"))
                .at(sandbox)
                .withExample("deliver-to-sftp")
                .withExample("deliver-records-to-kafka")
                .withExample("deliver-to-jms")
                .with("relay.poll.period", "1s")
                .with("relay.delivery.retry-delay", "200ms")
                .with("relay.delivery.max-retry-delay", "1s")
                .with("relay.delivery.max-attempts", 1000)
                .withSftp(sftp.port(), INBOX)
                .with("kafka.brokers", kafka.servers())
                .with("kafka.records-topic", "records")
                .with("jms.url", "tcp://127.0.0.1:" + artemis.port())
                .with("jms.username", ArtemisBroker.USERNAME)
                .with("jms.password", ArtemisBroker.PASSWORD)
                .with("jms.queue", "exports");
    }

    @AfterEach
    void stop() throws Exception {
        sftp.close();
        artemis.close();
        kafka.close();
        sandbox.close();
    }

    @Test
    void oneDestinationThatIsDownAgainAndAgainDisturbsNoOther() throws Exception {
        trustSftp();
        sftp.stop();
        add(3);
        Running running = relay.start("run");
        awaitOthers(3);
        assertThat(sftp.names("")).isEmpty();

        sftp.start();
        await().atMost(PATIENCE).until(() -> uploaded() == 3);
        sftp.stop();
        add(3);
        awaitOthers(6);
        assertThat(uploaded()).isEqualTo(3);
        sftp.start();
        await().atMost(PATIENCE).until(() -> uploaded() == 6);

        Ended ended = running.stop();
        assertThat(ended.exitCode()).as(ended.out()).isZero();
        assertThat(sandbox.downloads()).as("each file once").isEqualTo(6);
        assertNothingElseWasRepeated();
        for (SandboxExport export : sandbox.exports()) {
            String name = export.files().get(0).filename().replace(".csv.gz", "." + export.id() + ".csv.gz");
            byte[] content = sandbox.content(export.id(), 0);
            assertThat(sftp.file(INBOX + "/" + name)).hasBinaryContent(content);
            assertThat(relay.archive().resolve(name)).hasBinaryContent(content);
        }
        assertThat(sftp.names(INBOX)).hasSize(6);
    }

    @Test
    void checkTriesEachDestinationAndSaysWhatToDo() {
        Ended untrusted = relay.run("check");
        assertThat(untrusted.exitCode()).isEqualTo(1);
        assertThat(untrusted.out())
                .contains("ok    disk: ")
                .contains("ok    ledger: ")
                .contains("ok    exports:archive -> file:")
                .contains("ok    exports:kafka-records -> kafka-records://records: connected; topic records has 3")
                .contains("ok    exports:jms -> jms://queue:exports: logged in")
                .containsPattern("ok    route poll-exports -> http://127.0.0.1:\\d+: the key is accepted")
                .containsPattern("FAIL  .*sftp://127.0.0.1:.*trust sftp://127.0.0.1:" + sftp.port())
                .doesNotContain(SftpServer.PASSWORD)
                .doesNotContain(ArtemisBroker.PASSWORD);

        trustSftp();
        Ended trusted = relay.run("check");
        assertThat(trusted.exitCode()).as(trusted.out() + trusted.err()).isZero();
        assertThat(trusted.out()).contains("logged in, wrote and removed a file");
        assertThat(sftp.names(INBOX)).as("nothing stays behind").isEmpty();
        assertThat(relay.archived()).isEmpty();
        assertThat(artemis.messages()).isZero();
        assertThat(kafka.written("records")).isZero();
        assertThat(sandbox.downloads()).isZero();

        Ended refused = relay.with("relay.api.key", "dm_sk_live_wrong").run("check");
        assertThat(refused.exitCode()).isEqualTo(3);
        assertThat(refused.out()).containsPattern("FAIL  route poll-exports -> .* 401");
    }

    private void trustSftp() {
        Ended trust = relay.run("trust", sftp.url(), "--fingerprint", sftp.fingerprint());
        assertThat(trust.exitCode()).as(trust.err()).isZero();
    }

    private void add(int exports) {
        for (int i = 0; i < exports; i++) {
            sandbox.addFinished("properties_export", new SandboxFile("properties_export_2026-02-17.csv.gz", RECORDS));
        }
    }

    private void awaitOthers(int exports) {
        await().atMost(PATIENCE)
                .until(() -> relay.archived().size() == exports
                        && artemis.messages() == exports
                        && kafka.committed("records").size() == exports * RECORDS);
    }

    private long uploaded() {
        if (!Files.isDirectory(sftp.file(INBOX))) {
            return 0;
        }
        return sftp.names(INBOX).stream().filter(name -> !name.startsWith(".")).count();
    }

    /** The ledger's own count: each delivery needed one attempt. */
    private void assertNothingElseWasRepeated() throws Exception {
        JsonNode status =
                new ObjectMapper().readTree(relay.run("status", "--json").out());
        assertThat(status.path("totals").path("delivered").intValue()).isEqualTo(6 * 4);
        List<JsonNode> deliveries = status.findValues("deliveries");
        Set<String> repeated = deliveries.stream()
                .flatMap(list -> java.util.stream.StreamSupport.stream(list.spliterator(), false))
                .filter(delivery -> delivery.path("attempts").intValue() > 1)
                .map(delivery -> delivery.path("destination").textValue())
                .collect(Collectors.toSet());
        assertThat(repeated).as("an outage counts no attempt").isEmpty();
    }
}
