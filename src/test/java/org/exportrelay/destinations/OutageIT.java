package org.exportrelay.destinations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.exportrelay.testing.LocalServer.body;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxExport;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.DirectoryWatch;
import org.exportrelay.testing.ExpectedFiles;
import org.exportrelay.testing.KafkaBroker;
import org.exportrelay.testing.LocalServer;
import org.exportrelay.testing.Postgres;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.RelayChild.Running;
import org.exportrelay.testing.RelayLedger;
import org.exportrelay.testing.SftpServer;
import org.exportrelay.testing.ShiftedClock;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Four destinations of the packaged jar, of which the SFTP server is away for a month. In that time new exports arrive,
 * and the URLs of all that arrived before expire, as the exports themselves do.
 */
class OutageIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /** From an export's arrival to its last delivery, the poll included, while another destination is away. */
    private static final Duration NO_WAIT = Duration.ofSeconds(10);
    /** From the return to the last of the backlog: a probe every second, and the uploads. */
    private static final Duration DRAIN = Duration.ofSeconds(15);
    /** Longer than any URL is valid. */
    private static final Duration WEEK = Duration.ofDays(8);

    /** Polls after which the relay believes a date that is far from the time it knows, and some more. */
    private static final int ANSWERS = 5;

    private static final Duration LEASE = Duration.ofSeconds(10);

    private static final int WEEKS = 4;
    private static final int EXPORTS_A_WEEK = 15;
    private static final int RECORDS = 40;
    /** Bytes of a file, for the server that closes connections. */
    private static final int LARGEST_ACCEPTED = 64 * 1024;

    /** Bytes of a spool, and records of a file that takes most of it. */
    private static final int ROOM = 600_000;

    private static final int LARGE = 18_000;
    private static final String INBOX = "inbox";
    private static final String HOOK = "/hook";

    private static KafkaBroker kafka;
    private static int topics;

    @TempDir
    private Path directory;

    private final ShiftedClock clock = new ShiftedClock();
    private final List<Running> started = new ArrayList<>();
    private Sandbox sandbox;
    private ExpectedFiles expected;
    private SftpServer sftp;
    private LocalServer receiver;
    private String topic;
    private RelayLedger ledger;

    @BeforeAll
    static void startBroker() {
        kafka = KafkaBroker.start();
    }

    @AfterAll
    static void stopBroker() {
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
        expected = new ExpectedFiles(sandbox);
        sftp = new SftpServer(directory.resolve("server")).start();
        receiver = new LocalServer();
        receiver.answer(HOOK, body(204, "text/plain", ""));
        topic = "records-" + ++topics;
        kafka.createTopic(topic, 3);
    }

    @AfterEach
    void stop() {
        started.forEach(running -> running.process().destroyForcibly());
        receiver.close();
        sftp.close();
        sandbox.close();
    }

    @Test
    void aMonthAwayLosesNothingCountsNoAttemptAndDelaysNoOther() throws Exception {
        RelayChild relay = relay("relay");
        ledger = relay.ledger();
        Running running = start(relay);
        addExports(2);
        awaitAllDelivered(PATIENCE);

        sftp.stop();
        for (int week = 0; week < WEEKS; week++) {
            addAndKeep(EXPORTS_A_WEEK);
            expireAll();
        }
        comeBack();

        Ended ended = running.stop();
        assertThat(ended.exitCode()).as(ended.out()).isZero();
        assertEverythingIsThereOnce(relay.archive());
        assertThat(DirectoryWatch.names(relay.directory().resolve("data/spool")))
                .isEmpty();
        List<String> lines = linesAboutSftp(ended);
        assertThat(lines).hasSizeBetween(2, 4);
        assertThat(lines.get(0)).contains("exports:sftp: down: ");
        assertThat(lines.get(lines.size() - 1)).contains("exports:sftp: up again after ");
    }

    @Test
    void aMonthAwaySurvivesThreeRestartsAndAKill() throws Exception {
        RelayChild relay = relay("relay");
        ledger = relay.ledger();
        Running running = start(relay);
        List<String> lines = new ArrayList<>();
        addExports(2);
        awaitAllDelivered(PATIENCE);

        sftp.stop();
        for (int week = 0; week < WEEKS; week++) {
            addAndKeep(EXPORTS_A_WEEK);
            if (week == 1) {
                running.kill();
            } else {
                assertThat(running.stop().exitCode()).isZero();
            }
            lines.addAll(running.output().lines().filter(OutageIT::isAboutSftp).toList());
            expireAll();
            running = start(relay);
        }
        comeBack();

        Ended ended = running.stop();
        assertThat(ended.exitCode()).as(ended.out()).isZero();
        assertEverythingIsThereOnce(relay.archive());
        assertThat(DirectoryWatch.names(relay.directory().resolve("data/spool")))
                .isEmpty();
        lines.addAll(linesAboutSftp(ended));
        long afterStarts =
                lines.stream().filter(line -> line.contains(" still down ")).count();
        assertThat(afterStarts).as("%s", lines).isGreaterThanOrEqualTo(WEEKS - 1);
        assertThat(lines).as("one more at each start").hasSizeBetween(2, 5 + WEEKS);
    }

    @Test
    void aMonthAwayIsSharedByTwoInstancesOfWhichOneIsKilledAndComesBack() throws Exception {
        try (EmbeddedPostgres postgres = Postgres.start()) {
            ledger = RelayLedger.of(postgres);
            Path archive = directory.resolve("archive");
            RelayChild one = instance("one", postgres, archive);
            RelayChild two = instance("two", postgres, archive);
            Running first = start(one);
            Running second = start(two);
            addExports(2);
            awaitAllDelivered(PATIENCE);

            sftp.stop();
            // One of them may be faster than the other for some time.
            for (int weeks = 0; weeks < WEEKS && spoolsInUse() < 2; weeks++) {
                addAndKeep(2 * EXPORTS_A_WEEK);
            }
            assertThat(spoolsInUse())
                    .as("both have files that the other has not")
                    .isEqualTo(2);
            first.kill();
            // Known before the lease of the killed one ends: until then, its files could still be downloaded again.
            expireAll();
            awaitTheNewTime();
            addAndKeep(EXPORTS_A_WEEK);
            expireAll();
            long keptByTheKilled = kept(one);
            assertThat(keptByTheKilled).isPositive();
            await().pollDelay(LEASE.plusSeconds(1)).atMost(PATIENCE).until(() -> kept(one) == keptByTheKilled);

            Running again = start(one);
            addExports(EXPORTS_A_WEEK);
            awaitOthers();
            comeBack();

            assertThat(again.stop().exitCode()).isZero();
            assertThat(second.stop().exitCode()).isZero();
            assertEverythingIsThereOnce(archive);
            assertThat(DirectoryWatch.names(one.directory().resolve("data/spool")))
                    .isEmpty();
            assertThat(DirectoryWatch.names(two.directory().resolve("data/spool")))
                    .isEmpty();
            List<String> lines = started.stream()
                    .flatMap(running -> running.output().lines())
                    .filter(OutageIT::isAboutSftp)
                    .toList();
            assertThat(lines).hasSizeBetween(2, 6);
        }
    }

    @Test
    void aFileAtWhichTheServerAlwaysClosesTheConnectionEndsParkedAndHoldsUpNoOther() throws Exception {
        RelayChild relay = relay("relay").with("relay.delivery.max-attempts", 2);
        ledger = relay.ledger();
        sftp.onWrite((session, offset) -> {
            if (offset > LARGEST_ACCEPTED) {
                session.close(true);
            }
        });
        SandboxExport poison = sandbox.addFinished("properties_export", new SandboxFile("poison.csv.gz", 20_000));
        assertThat(sandbox.content(poison.id(), 0)).hasSizeGreaterThan(4 * LARGEST_ACCEPTED);
        addExports(EXPORTS_A_WEEK);
        Running running = start(relay);
        for (Instant end = Instant.now().plus(PATIENCE);
                parked() == 0 && Instant.now().isBefore(end); ) {
            addExports(2);
            await("all but the poison")
                    .atMost(NO_WAIT)
                    .until(() -> delivered("= 'sftp'") == sandbox.exports().size() - 1);
        }

        assertThat(running.stop().exitCode()).isZero();
        assertThat(ledger.rows("SELECT destination, export_id, attempts FROM delivery JOIN export_file USING (file_id)"
                        + " WHERE state = 'parked'"))
                .as(running.output())
                .containsExactly(List.of("sftp", poison.id(), "2"));
        assertThat(ledger.column("SELECT last_error FROM delivery WHERE state = 'parked'"))
                .singleElement()
                .asString()
                .contains("other deliveries to this destination succeed");
        assertThat(ledger.number("SELECT count(*) FROM delivery WHERE attempts > 1 AND state <> 'parked'"))
                .as("attempts that the poison cost others")
                .isZero();
    }

    @Test
    void anExportThatTheKeptFilesLeaveNoRoomForDelaysNoSmallerOneAndHasItsTurn() throws Exception {
        RelayChild relay = relay("relay").with("relay.spool.max-size", ROOM);
        ledger = relay.ledger();
        Running running = start(relay);
        sftp.stop();
        long kept = 0;
        while (kept < ROOM / 2) {
            SandboxExport export =
                    sandbox.addFinished("properties_export", new SandboxFile("properties.csv.gz", 10 * RECORDS));
            kept += sandbox.content(export.id(), 0).length;
        }
        awaitOthers();
        awaitKept();
        expireAll();
        awaitTheNewTime();

        SandboxExport large = sandbox.addFinished("properties_export", new SandboxFile("large.csv.gz", LARGE));
        assertThat(sandbox.content(large.id(), 0)).hasSizeBetween(ROOM / 2, ROOM);
        await().atMost(NO_WAIT).until(() -> running.output().contains("downloads wait for room in the spool"));
        for (int i = 0; i < 3; i++) {
            addExports(2);
            await("all but the large one")
                    .atMost(NO_WAIT)
                    .until(() -> delivered("IN ('archive', 'kafka-records')")
                            == 2L * (sandbox.exports().size() - 1));
        }
        assertThat(delivered("= 'sftp'")).isZero();

        sftp.start();
        awaitAllDelivered(DRAIN);
        assertThat(running.stop().exitCode()).isZero();
        assertThat(ledger.rows("SELECT destination, attempts, last_error FROM delivery WHERE attempts <> 1"))
                .isEmpty();
        assertThat(running.output().lines().filter(line -> line.contains("downloads wait for room")))
                .hasSize(1);
    }

    private RelayChild instance(String name, EmbeddedPostgres postgres, Path archive) {
        return relay(name)
                .withLedger(postgres)
                .with("archive.directory", archive)
                .with("relay.delivery.lease", LEASE.toSeconds() + "s");
    }

    private RelayChild relay(String name) {
        RelayChild relay = RelayChild.in(directory.resolve(name))
                .at(sandbox)
                .withExample("deliver-to-sftp")
                .withExample("deliver-records-to-kafka")
                .withExample("deliver-to-webhook")
                .with("relay.poll.period", "1s")
                .with("relay.delivery.retry-delay", "200ms")
                .with("relay.delivery.max-retry-delay", "1s")
                .with("relay.delivery.max-attempts", 1)
                .withSftp(sftp.port(), INBOX)
                .with("kafka.brokers", kafka.servers())
                .with("kafka.records-topic", topic)
                .with("webhook.url", receiver.url(HOOK))
                .with("webhook.secret", "whsec_czNjcmV0LTAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5")
                .with("webhook.timeout", "5s");
        Ended trusted = relay.run("trust", sftp.url(), "--fingerprint", sftp.fingerprint());
        assertThat(trusted.exitCode()).as(trusted.err()).isZero();
        return relay;
    }

    private Running start(RelayChild relay) {
        Running running = relay.start("run");
        started.add(running);
        await().atMost(PATIENCE).until(() -> running.output().contains("delivering to "));
        return running;
    }

    private void addExports(int exports) {
        for (int i = 0; i < exports; i++) {
            sandbox.addFinished("properties_export", new SandboxFile("properties.csv.gz", RECORDS));
        }
    }

    /** The URLs of all exports end, and the API forgets them. */
    private void expireAll() {
        sandbox.exports().forEach(export -> sandbox.remove(export.id()));
        clock.advance(WEEK);
    }

    /** New exports reach the other destinations, and the spool for the one that is away. */
    private void addAndKeep(int exports) {
        addExports(exports);
        awaitOthers();
        awaitKept();
    }

    /** The server is back, and receives all that has waited. */
    private void comeBack() {
        awaitTheNewTime();
        sftp.start();
        awaitAllDelivered(DRAIN);
    }

    /** The relay believes a date that is far from the time it knows only when several answers agree. */
    private void awaitTheNewTime() {
        long before = sandbox.listRequests();
        await().atMost(PATIENCE).until(() -> sandbox.listRequests() >= before + ANSWERS);
    }

    private void awaitOthers() {
        await("the other destinations")
                .atMost(NO_WAIT)
                .until(() -> delivered("<> 'sftp'") == 3L * sandbox.exports().size());
    }

    private void awaitAllDelivered(Duration patience) {
        await("all deliveries")
                .atMost(patience)
                .until(() -> delivered("<> ''") == 4L * sandbox.exports().size());
    }

    private long delivered(String destination) throws Exception {
        return ledger.number("SELECT count(*) FROM delivery WHERE state = 'delivered' AND destination " + destination);
    }

    /** Every file that the SFTP server has not got is in a spool. */
    private void awaitKept() {
        await("files kept for SFTP")
                .atMost(PATIENCE)
                .until(() -> ledger.number(
                                "SELECT count(*) FROM delivery WHERE destination = 'sftp' AND state <> 'delivered' AND spooled_by = ''")
                        == 0);
    }

    private long parked() throws Exception {
        return ledger.number("SELECT count(*) FROM delivery WHERE state = 'parked'");
    }

    private int spoolsInUse() throws Exception {
        return ledger.column(
                        "SELECT DISTINCT spooled_by FROM delivery WHERE destination = 'sftp' AND state <> 'delivered'")
                .size();
    }

    private long kept(RelayChild instance) throws Exception {
        String spool =
                Files.readString(instance.directory().resolve("data/spool-id")).strip();
        return ledger.number("SELECT count(*) FROM delivery WHERE destination = 'sftp' AND state <> 'delivered'"
                + " AND spooled_by = '" + spool + "'");
    }

    private void assertEverythingIsThereOnce(Path archive) throws Exception {
        assertThat(ledger.rows("SELECT destination, state, attempts, last_error FROM delivery"
                        + " WHERE attempts <> 1 OR state <> 'delivered'"))
                .isEmpty();
        for (Path place : List.of(archive, sftp.file(INBOX))) {
            assertThat(DirectoryWatch.names(place)).containsExactlyElementsOf(expected.names());
            for (String name : expected.names()) {
                assertThat(place.resolve(name))
                        .hasBinaryContent(expected.content(name).orElseThrow());
            }
        }
        int exports = sandbox.exports().size();
        await().atMost(PATIENCE)
                .untilAsserted(() -> assertThat(kafka.committed(topic)).hasSize(exports * RECORDS));
        Set<String> announced = new HashSet<>();
        receiver.requests().forEach(request -> announced.add(request.headers().getFirst("ExportDeliveryId")));
        assertThat(announced).hasSize(exports);
    }

    private static List<String> linesAboutSftp(Ended ended) {
        return Stream.of(ended.out(), ended.err())
                .flatMap(String::lines)
                .filter(OutageIT::isAboutSftp)
                .toList();
    }

    /** A delivered file has a line of its own, as always. */
    private static boolean isAboutSftp(String line) {
        return line.contains("sftp") && !line.contains("exports:sftp: delivered ") && !line.contains("delivering to ");
    }
}
