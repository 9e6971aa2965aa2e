package org.exportrelay.destinations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.exportrelay.testing.LocalServer.body;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.KafkaBroker;
import org.exportrelay.testing.LocalServer;
import org.exportrelay.testing.Probes;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.RelayChild.Running;
import org.exportrelay.testing.S3Server;
import org.exportrelay.testing.SftpServer;
import org.exportrelay.testing.ShiftedClock;
import org.exportrelay.testing.TcpGate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.S3Client;

/**
 * The kinds of outages beside a server that cannot be reached: in each of them the deliveries wait, no attempt counts
 * although only one is allowed, and all arrive when the server is as it should be, although their URLs have expired. No
 * probe of Kubernetes fails meanwhile: a restart would not help. With {@code -Dprobe.minutes=10}, each outage lasts so long.
 */
class OutageKindsIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** Until the others have what arrives meanwhile, the poll included. */
    private static final Duration NO_WAIT = Duration.ofSeconds(20);
    /** A probe every second, and the deliveries. */
    private static final Duration DRAIN = Duration.ofSeconds(20);

    /** Polls after which the relay believes a date that is far from the time it knows, and some more. */
    private static final int ANSWERS = 5;

    /** How long each outage lasts, beside what the test does in it. */
    private static final Duration OUTAGE = Duration.ofMinutes(Integer.getInteger("probe.minutes", 0));

    private static final int EXPORTS = 5;
    private static final int RECORDS = 40;
    private static final String INBOX = "inbox";
    private static final String HOOK = "/hook";
    private static final String DENIED =
            "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
    private static final String WEBHOOK_SECRET = "whsec_czNjcmV0LTAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5";

    @TempDir
    private static Path serverDirectory;

    private static KafkaBroker kafka;
    private static S3Server s3;

    @TempDir
    private Path directory;

    private final ShiftedClock clock = new ShiftedClock();
    private Sandbox sandbox;
    private SftpServer sftp;
    private LocalServer web;
    private final int port = TcpGate.freePort();
    private RelayChild relay;
    private Running running;
    private Probes probes;

    @BeforeAll
    static void startShared() throws Exception {
        kafka = KafkaBroker.start();
        s3 = S3Server.start(serverDirectory);
    }

    @AfterAll
    static void stopShared() throws Exception {
        s3.close();
        kafka.close();
    }

    @BeforeEach
    void start() {
        sandbox = Sandbox.start(
                SandboxOptions.defaults()
                        .withExports(0)
                        .withArrivalPeriod(Duration.ZERO)
                        .withRequestsPerMinute(100_000)
                        .withRequestsPerDay(1_000_000),
                clock);
        sftp = new SftpServer(directory.resolve("server")).start();
        web = new LocalServer();
        relay = RelayChild.in(directory.resolve("relay"))
                .at(sandbox)
                .with("relay.poll.period", "1s")
                .with("relay.delivery.retry-delay", "200ms")
                .with("relay.delivery.max-retry-delay", "1s")
                .with("relay.delivery.max-attempts", 1)
                .with("relay.http.port", port);
    }

    @AfterEach
    void stop() {
        if (probes != null) {
            probes.close();
        }
        if (running != null) {
            running.process().destroyForcibly();
        }
        web.close();
        sftp.close();
        sandbox.close();
    }

    @Test
    void theSftpServerRefusesConnections() throws Exception {
        startWithSftp();
        sftp.stop();
        addExportsThatExpire("sftp");
        assertIsDown("sftp", "refused");
        sftp.start();
        awaitAllDelivered();
        assertInboxIsComplete();
        assertNothingElseHappened("sftp");
    }

    @Test
    void theSftpServerRefusesTheLogin() throws Exception {
        startWithSftp();
        sftp.stop();
        sftp.withPassword("another").start();
        addExportsThatExpire("sftp");
        assertIsDown("sftp", "login");
        sftp.withPassword(SftpServer.PASSWORD);
        awaitAllDelivered();
        assertInboxIsComplete();
        assertNothingElseHappened("sftp");
    }

    @Test
    void theSftpServerHasAnotherHostKey() throws Exception {
        startWithSftp();
        sftp.stop();
        sftp.withNewHostKey().start();
        addExportsThatExpire("sftp");
        assertIsDown("sftp", "CHANGED");
        trust();
        awaitAllDelivered();
        assertInboxIsComplete();
        assertNothingElseHappened("sftp");
    }

    @Test
    void theSftpServerIsFull() throws Exception {
        startWithSftp();
        sftp.onWrite((session, offset) -> {
            throw new IOException("No space left on device");
        });
        addExportsThatExpire("sftp");
        assertIsDown("sftp", "check its rights, disk and quota");
        sftp.onWrite((session, offset) -> {});
        awaitAllDelivered();
        assertInboxIsComplete();
        assertNothingElseHappened("sftp");
    }

    @Test
    void theWebhookAnswers401() throws Exception {
        startWithWebhook();
        web.answer(HOOK, body(401, "text/plain", "who are you?"));
        addExports();
        assertIsDown("webhook", "401");
        web.answer(HOOK, body(204, "text/plain", ""));
        awaitAllDelivered();
        assertNothingElseHappened("webhook");
    }

    @Test
    void theWebhookAnswers503AndIsNotAskedBeforeItsRetryAfterHasPassed() throws Exception {
        startWithWebhook();
        AtomicInteger busy = new AtomicInteger();
        List<Instant> requests = new CopyOnWriteArrayList<>();
        web.answer(HOOK, exchange -> {
            requests.add(Instant.now());
            boolean isFirst = busy.getAndIncrement() == 0;
            exchange.getResponseHeaders().set("Retry-After", "4");
            exchange.sendResponseHeaders(isFirst ? 503 : 204, -1);
        });
        addExports(1);
        assertIsDown("webhook", "503");
        addExports(EXPORTS - 1);
        awaitAllDelivered();
        assertThat(Duration.between(requests.get(0), requests.get(1))).isGreaterThanOrEqualTo(Duration.ofSeconds(4));
        assertNothingElseHappened("webhook");
    }

    @Test
    void kafkaHasNoSuchTopic() throws Exception {
        relay.withExample("deliver-records-to-kafka")
                .with("kafka.brokers", kafka.servers())
                .with("kafka.records-topic", "later");
        Path route = relay.directory().resolve("routes/deliver-records-to-kafka.camel.yaml");
        // How long the client looks for a topic.
        Files.writeString(
                route,
                Files.readString(route).replace("lingerMs: 10\n", "lingerMs: 10\n              maxBlockMs: 2000\n"));
        startRelay();
        addExportsThatExpire("kafka-records");
        assertIsDown("kafka-records", "later");
        kafka.createTopic("later", 3);
        awaitAllDelivered();
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(kafka.committed("later")).hasSize(EXPORTS * RECORDS));
        assertNothingElseHappened("kafka-records");
    }

    @Test
    void theBucketIsDenied() throws Exception {
        web.answer("/", body(403, "application/xml", DENIED));
        try (TcpGate gate = new TcpGate(s3.port());
                S3Client client = s3.client()) {
            relay.withExample("deliver-to-s3")
                    .with("s3.bucket", S3Server.BUCKET)
                    .with("s3.region", "us-east-1")
                    .with("s3.endpoint", "http://127.0.0.1:" + gate.port())
                    .with("s3.access-key", S3Server.ACCESS_KEY)
                    .with("s3.secret-key", S3Server.SECRET_KEY)
                    .with("s3.key", "$simple{header.CamelFileName}")
                    .with("s3.part-size", "5M");
            startRelay();
            addExports(1);
            awaitAllDelivered();
            gate.lead(web.port());
            gate.cut();
            addExportsThatExpire("s3");
            assertIsDown("s3", "Access Denied");
            gate.lead(s3.port());
            gate.cut();
            awaitAllDelivered();
            assertThat(client.listObjectsV2(request -> request.bucket(S3Server.BUCKET))
                            .contents())
                    .hasSize(1 + EXPORTS);
            assertNothingElseHappened("s3");
        }
    }

    private void startWithSftp() throws Exception {
        relay.withExample("deliver-to-sftp").withSftp(sftp.port(), INBOX);
        trust();
        startRelay();
        addExports(1);
        awaitAllDelivered();
    }

    private void startWithWebhook() throws Exception {
        web.answer(HOOK, body(204, "text/plain", ""));
        relay.withExample("deliver-to-webhook")
                .with("webhook.url", web.url(HOOK))
                .with("webhook.secret", WEBHOOK_SECRET)
                .with("webhook.timeout", "5s");
        startRelay();
        addExports(1);
        awaitAllDelivered();
    }

    private void startRelay() {
        running = relay.start("run");
        await().atMost(PATIENCE).until(() -> running.output().contains("delivering to "));
        await("the startup probe").atMost(PATIENCE).until(() -> Probes.isStarted(port));
        probes = Probes.start(port);
    }

    private void trust() {
        Ended trusted = relay.run("trust", sftp.url(), "--fingerprint", sftp.fingerprint());
        assertThat(trusted.exitCode()).as(trusted.out() + trusted.err()).isZero();
    }

    private void addExports() throws Exception {
        addExports(EXPORTS);
    }

    /** Waits until the archive has them. */
    private void addExports(int exports) throws Exception {
        for (int i = 0; i < exports; i++) {
            sandbox.addFinished("properties_export", new SandboxFile("properties.csv.gz", RECORDS));
        }
        await("the archive")
                .atMost(NO_WAIT)
                .until(() -> number("destination = 'archive' AND state = 'delivered'")
                        == sandbox.exports().size());
    }

    /** Waits until the archive has them and the others' files are kept; then all URLs and exports end. */
    private void addExportsThatExpire(String destination) throws Exception {
        addExports();
        await("kept files")
                .atMost(NO_WAIT)
                .until(() -> number("destination = '" + destination + "' AND state <> 'delivered' AND spooled_by <> ''")
                        == EXPORTS);
        sandbox.exports().forEach(export -> sandbox.remove(export.id()));
        clock.advance(Duration.ofDays(8));
        awaitTheNewTime();
    }

    /** The relay believes a date that is far from the time it knows only when several answers agree. */
    private void awaitTheNewTime() {
        long before = sandbox.listRequests();
        await().atMost(PATIENCE).until(() -> sandbox.listRequests() >= before + ANSWERS);
    }

    private void assertIsDown(String destination, String reason) {
        await(destination + " is down").atMost(PATIENCE).untilAsserted(() -> assertThat(relay.ledger()
                        .column("SELECT down_reason FROM destination WHERE name = '" + destination
                                + "' AND down_since IS NOT NULL"))
                .singleElement()
                .asString()
                .contains(reason));
        int before = probes.count();
        await("two probes, or all of a longer outage")
                .pollDelay(OUTAGE)
                .atMost(OUTAGE.plus(PATIENCE))
                .until(() -> probes.count() >= before + 2);
    }

    private void awaitAllDelivered() {
        await("all deliveries")
                .atMost(DRAIN)
                .until(() ->
                        number("state = 'delivered'") == 2L * sandbox.exports().size());
    }

    private long number(String condition) throws Exception {
        return relay.ledger().number("SELECT count(*) FROM delivery WHERE " + condition);
    }

    private void assertInboxIsComplete() {
        assertThat(sftp.names(INBOX)).hasSize(sandbox.exports().size()).noneMatch(name -> name.startsWith("."));
    }

    /** No attempt counted but the one that succeeded, and the log has lines for the destination, not for each file. */
    private void assertNothingElseHappened(String destination) throws Exception {
        probes.close();
        assertThat(probes.failures()).isEmpty();
        Ended ended = running.stop();
        assertThat(ended.exitCode()).as(ended.out()).isZero();
        assertThat(relay.ledger()
                        .rows("SELECT destination, state, attempts, last_error FROM delivery"
                                + " WHERE attempts <> 1 OR state <> 'delivered'"))
                .isEmpty();
        List<String> lines = new ArrayList<>(ended.out()
                .lines()
                .filter(line -> line.contains("exports:" + destination + ": ") && !line.contains(": delivered "))
                .toList());
        assertThat(lines).hasSizeBetween(2, 3);
        assertThat(lines.get(0)).contains(": down: ");
        assertThat(lines.get(lines.size() - 1)).contains(": up again after ");
        assertThat(ended.err()).isEmpty();
    }
}
