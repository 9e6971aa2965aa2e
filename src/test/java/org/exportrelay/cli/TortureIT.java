package org.exportrelay.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.exportrelay.delivery.FileName;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxExport;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.DirectoryWatch;
import org.exportrelay.testing.ExpectedFiles;
import org.exportrelay.testing.KafkaBroker;
import org.exportrelay.testing.Kills;
import org.exportrelay.testing.Kills.Moment;
import org.exportrelay.testing.Postgres;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.RelayLedger;
import org.exportrelay.testing.Rows;
import org.exportrelay.testing.SftpServer;
import org.exportrelay.testing.TcpGate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * The packaged jar with four destinations at once, killed again and again while some of the API's and
 * the store's answers go wrong, new exports arrive and the SFTP server is away for a third of the kills, and then left to
 * finish. The system property {@code torture.kills} says how often, both tests together; {@code torture.seed} repeats a
 * draw.
 */
class TortureIT {

    private static final int KILLS = Integer.getInteger("torture.kills", 15);
    private static final long SEED = Long.getLong("torture.seed", System.currentTimeMillis());
    private static final int LONG_FORM = 50;
    private static final List<String> OF_FILES = List.of("archive", "kafka-records", "sftp");
    private static final String INBOX = "partner/inbox";
    private static final int MOST_WAITING = 20;
    /** The SFTP server is away for so many kills in a row, then there for twice as many. */
    private static final int OUTAGE = 2;

    private static final int LONGEST_DELAY = 3_000;
    private static KafkaBroker broker;

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    private Path directory;

    private final Random random = new Random(SEED);
    private final AtomicLong sftpWrites = new AtomicLong();
    private final List<CompletableFuture<?>> later = new ArrayList<>();
    /** The attempts that kills interrupted, by destination, and the downloads. */
    private final Map<String, Set<String>> caught = new TreeMap<>();

    private Sandbox sandbox;
    private ExpectedFiles expected;
    private SftpServer server;
    private TcpGate gate;
    private int killsWhileDown;

    @BeforeAll
    static void startBroker() {
        broker = KafkaBroker.start();
        System.out.printf("torture: %d kills, seed %d%n", KILLS, SEED);
    }

    @AfterAll
    static void stopBroker() {
        broker.close();
    }

    @BeforeEach
    void start() {
        sandbox = Sandbox.start(SandboxOptions.defaults()
                .withSeed(SEED)
                .withExports(0)
                .withArrivalPeriod(Duration.ZERO)
                .withFaults(0.05)
                .withRequestsPerMinute(1_000_000)
                .withRequestsPerDay(1_000_000));
        expected = new ExpectedFiles(sandbox);
        server = new SftpServer(directory.resolve("server"))
                .onWrite((session, offset) -> {
                    sftpWrites.incrementAndGet();
                    pause();
                })
                .start();
        gate = new TcpGate(server.port());
    }

    @AfterEach
    void stop() throws IOException {
        gate.close();
        server.close();
        sandbox.close();
    }

    @Test
    void everythingArrivesWholeAndRowsOnceHoweverOftenItIsKilledOnSqlite() throws Exception {
        int kills = KILLS - KILLS * 2 / 5;
        RelayChild relay = relay("sqlite");
        torture(relay, "sqlite", kills);
    }

    @Test
    void everythingArrivesWholeAndRowsOnceHoweverOftenItIsKilledOnPostgresql() throws Exception {
        try (EmbeddedPostgres postgres = Postgres.start()) {
            RelayChild relay = relay("postgresql")
                    .withLedger(postgres)
                    // What a killed process held is free again after so long, and not before.
                    .with("relay.delivery.lease", "5s");
            torture(relay, "postgresql", KILLS * 2 / 5);
        }
    }

    private void torture(RelayChild relay, String name, int times) throws Exception {
        RelayLedger ledger = relay.ledger();
        Instant start = Instant.now();
        broker.createTopic(records(name), 3);
        broker.createTopic(links(name), 3);
        Path inbox = server.file(INBOX);
        try (DirectoryWatch archiveWatch = new DirectoryWatch(relay.archive(), expected);
                DirectoryWatch inboxWatch = new DirectoryWatch(inbox, expected)) {
            Kills kills = new Kills(
                    random,
                    Map.of(
                            Moment.POLL, sandbox::listRequests,
                            Moment.DOWNLOAD, sandbox::downloads,
                            Moment.FILE,
                                    () -> DirectoryWatch.names(relay.archive()).size(),
                            Moment.SFTP, () -> sftpWrites.get() + gate.refused(),
                            Moment.OUTAGE, () -> isSftpDown(ledger) ? gate.refused() : 0,
                            Moment.RECORDS, () -> broker.written(records(name)),
                            Moment.COMMIT, () -> broker.written("export-relay-receipts"),
                            Moment.LINKS, () -> broker.written(links(name)),
                            Moment.AFTERWARDS, () -> relay.archived().size()));
            for (int i = 0; i < times; i++) {
                addExports(relay);
                boolean isAway = i / OUTAGE % 3 == 1;
                if (isAway && i % OUTAGE == 0) {
                    gate.shut();
                    kills.at(Moment.OUTAGE, relay);
                } else {
                    later(LONGEST_DELAY, isAway ? gate::shut : gate::open);
                    kills.once(relay);
                }
                note(ledger);
            }
            CompletableFuture.allOf(later.toArray(CompletableFuture[]::new)).get();
            gate.open();
            Duration torture = Duration.between(start, Instant.now());
            Ended ended = relay.run("once");
            assertThat(ended.exitCode()).as(ended.err()).isBetween(0, 1);

            assertThat(archiveWatch.wrongs()).isEmpty();
            assertThat(inboxWatch.wrongs()).isEmpty();
            assertEveryDeliveryIsFinal(ledger, ended);
            assertExact(relay.archive());
            assertExact(inbox);
            assertThat(DirectoryWatch.names(relay.directory().resolve("data/spool")))
                    .isEmpty();
            Rows rows = assertRowsExactlyOnce(ledger, records(name));
            String announced = assertLinksAtLeastOnce(ledger, links(name));
            System.out.printf(
                    "torture, %s: %d kills in %d s, finished after %d s, seed %d; kills at %s, %d while SFTP was down;"
                            + " interrupted: %s;"
                            + " %d exports, %d files whole at both destinations (%d and %d looks), %d rows exactly once, %s%n",
                    name,
                    times,
                    torture.toSeconds(),
                    Duration.between(start, Instant.now()).toSeconds(),
                    SEED,
                    kills,
                    killsWhileDown,
                    sizes(caught),
                    sandbox.exports().size(),
                    expected.names().size(),
                    archiveWatch.looks(),
                    inboxWatch.looks(),
                    rows.count(),
                    announced);
            assertThat(caught).as("attempts that were interrupted").isNotEmpty();
            assertThat(killsWhileDown).as("kills while SFTP was down").isPositive();
            if (KILLS >= LONG_FORM) {
                assertThat(caught).containsKeys("archive", "download", "kafka-links", "kafka-records", "sftp");
            }
        }
    }

    private RelayChild relay(String name) {
        RelayChild relay = RelayChild.in(directory.resolve("relay"))
                .at(sandbox)
                .withExample("deliver-to-sftp")
                .withExample("deliver-records-to-kafka")
                .withExample("deliver-links-to-kafka")
                .withSftp(gate.port(), INBOX)
                .with("kafka.brokers", broker.servers())
                .with("kafka.records-topic", records(name))
                .with("kafka.links-topic", links(name))
                // It never lives long enough for more to pay.
                .with("relay.poll.period", "1s")
                .with("relay.api.timeout", "2s")
                .with("relay.download.stall-timeout", "2s")
                .with("relay.delivery.retry-delay", "200ms")
                .with("relay.delivery.max-retry-delay", "2s")
                // An attempt that a kill ended counts as one.
                .with("relay.delivery.max-attempts", 100);
        Ended trusted = relay.run("trust", "sftp://127.0.0.1:" + gate.port(), "--fingerprint", server.fingerprint());
        assertThat(trusted.exitCode()).as(trusted.err()).isZero();
        return relay;
    }

    private static String records(String name) {
        return "records-" + name;
    }

    private static String links(String name) {
        return "links-" + name;
    }

    /** Some before the process starts and one while it starts or runs, but not ever more than it can do. */
    private void addExports(RelayChild relay) {
        if (expected.names().size() - relay.archived().size() > MOST_WAITING) {
            return;
        }
        sandbox.addFinished("properties_export", files("properties.csv.gz"));
        sandbox.addFinished("people_export", files("people.csv.gz"));
        SandboxFile[] files = files("later.csv.gz");
        later(5_000, () -> sandbox.addFinished("properties_export", files));
    }

    /** While the process starts or runs, or after its kill. */
    private void later(int latestMillis, Runnable change) {
        later.add(CompletableFuture.runAsync(
                change, CompletableFuture.delayedExecutor(random.nextInt(latestMillis), TimeUnit.MILLISECONDS)));
    }

    /** One to three of the same name; most are small. */
    private SandboxFile[] files(String name) {
        int parts = random.nextInt(4) == 0 ? random.nextInt(2, 4) : 1;
        return IntStream.range(0, parts)
                .mapToObj(part -> new SandboxFile(
                        name, random.nextInt(5) == 0 ? random.nextInt(10_000, 30_000) : random.nextInt(0, 1_500)))
                .toArray(SandboxFile[]::new);
    }

    /** Notes which attempts the kill has interrupted; none while there is no ledger yet. */
    private void note(RelayLedger ledger) {
        try {
            for (List<String> attempt : ledger.rows(
                    """
                    SELECT destination, delivery_id || claim FROM delivery WHERE state = 'in_progress'
                    UNION ALL
                    SELECT 'download', file_id || spool_owner || spool_until FROM export_file
                    WHERE spool_state = 'downloading'""")) {
                caught.computeIfAbsent(attempt.get(0), any -> new HashSet<>()).add(attempt.get(1));
            }
            killsWhileDown += isSftpDown(ledger) ? 1 : 0;
        } catch (SQLException killedBeforeItsFirstMigration) {
            assertThat(sandbox.downloads()).isZero();
        }
    }

    /** No while there is no ledger yet. */
    private static boolean isSftpDown(RelayLedger ledger) {
        try {
            return ledger.number("SELECT count(*) FROM destination WHERE name = 'sftp' AND down_since IS NOT NULL") > 0;
        } catch (SQLException killedBeforeItsFirstMigration) {
            return false;
        }
    }

    private static Map<String, Integer> sizes(Map<String, Set<String>> sets) {
        Map<String, Integer> sizes = new TreeMap<>();
        sets.forEach((name, set) -> sizes.put(name, set.size()));
        return sizes;
    }

    /** Nothing waits, nothing is parked but the files of exports that the sandbox sends corrupt for good. */
    private void assertEveryDeliveryIsFinal(RelayLedger ledger, Ended ended) throws SQLException {
        assertThat(
                        ledger.rows(
                                """
                        SELECT delivery_id, destination, state, last_error FROM delivery
                        WHERE state NOT IN ('delivered', 'parked')"""))
                .as(ended.err())
                .isEmpty();
        Set<List<String>> parked = new HashSet<>();
        Set<List<String>> delivered = new HashSet<>();
        for (SandboxExport export : sandbox.exports()) {
            for (String destination : OF_FILES) {
                (sandbox.incurable(export.id()) ? parked : delivered).add(List.of(destination, export.id()));
            }
            delivered.add(List.of("kafka-links", export.id()));
        }
        assertThat(destinationsAndExports(ledger, "parked")).as(ended.err()).isEqualTo(parked);
        assertThat(destinationsAndExports(ledger, "delivered")).as(ended.err()).isEqualTo(delivered);
        assertThat(ledger.rows("SELECT file_id FROM delivery")).hasSize((int) (files() * (OF_FILES.size() + 1)));
    }

    private static Set<List<String>> destinationsAndExports(RelayLedger ledger, String state) throws SQLException {
        return Set.copyOf(ledger.rows(
                "SELECT DISTINCT destination, export_id FROM delivery JOIN export_file USING (file_id) WHERE state = '"
                        + state + "'"));
    }

    private long files() {
        return sandbox.exports().stream()
                .mapToLong(export -> export.files().size())
                .sum();
    }

    /** Every file is there, byte for byte, and nothing else, nothing hidden either. */
    private void assertExact(Path destination) throws IOException {
        assertThat(DirectoryWatch.names(destination)).containsExactlyElementsOf(expected.names());
        for (String name : expected.names()) {
            assertThat(Files.readAllBytes(destination.resolve(name)))
                    .as(name)
                    .isEqualTo(expected.content(name).orElseThrow());
        }
    }

    private Rows assertRowsExactlyOnce(RelayLedger ledger, String topic) throws Exception {
        Map<String, Rows> right = new HashMap<>();
        for (List<String> delivery : deliveries(ledger, "kafka-records")) {
            Rows rows = Rows.ofFile(expected.content(FileName.withId(delivery.get(3), delivery.get(1)))
                    .orElseThrow());
            if (rows.count() > 0) {
                right.put(delivery.get(0), rows);
            }
        }
        // The broker makes the last transactions visible a moment after their producers are told.
        await().atMost(KILLS > LONG_FORM ? Duration.ofMinutes(5) : Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(rows(topic)).isEqualTo(right));
        return right.values().stream().reduce(Rows.NONE, Rows::plus);
    }

    /** What consumers with {@code read_committed} have of each delivery. */
    private static Map<String, Rows> rows(String topic) {
        Map<String, Rows> rows = new HashMap<>();
        broker.readCommitted(
                topic,
                row -> rows.merge(
                        KafkaBroker.headers(row).get("ExportDeliveryId"), Rows.NONE.plus(row.value()), Rows::plus));
        return rows;
    }

    /** Every file has been told, and whatever was told twice has the same id for the same file. */
    private String assertLinksAtLeastOnce(RelayLedger ledger, String topic) throws Exception {
        Map<String, Set<List<String>>> told = new HashMap<>();
        Set<String> paths = new HashSet<>();
        long messages = 0;
        for (var message : broker.committed(topic)) {
            JsonNode json = new ObjectMapper().readTree(message.value());
            String path = URI.create(json.path("url").textValue()).getPath();
            told.computeIfAbsent(KafkaBroker.headers(message).get("ExportDeliveryId"), id -> new HashSet<>())
                    .add(List.of(
                            json.path("export_id").textValue(),
                            json.path("filename").textValue(),
                            path));
            paths.add(path);
            messages++;
        }
        List<List<String>> deliveries = deliveries(ledger, "kafka-links");
        assertThat(told).hasSize(deliveries.size()).hasSize((int) files());
        assertThat(paths).hasSize((int) files());
        for (List<String> delivery : deliveries) {
            assertThat(told.get(delivery.get(0)))
                    .as("delivery " + delivery)
                    .singleElement()
                    .satisfies(link -> assertThat(link.subList(0, 2)).isEqualTo(delivery.subList(1, 3)));
        }
        return deliveries.size() + " links in " + messages + " messages";
    }

    /** Id, export, file name and safe file name of each delivery that was made. */
    private static List<List<String>> deliveries(RelayLedger ledger, String destination) throws SQLException {
        return ledger.rows(
                """
                SELECT delivery_id, export_id, filename, safe_name FROM delivery JOIN export_file USING (file_id)
                WHERE state = 'delivered' AND destination = '%s'"""
                        .formatted(destination));
    }

    /** Long enough for uploads to be met half-way. */
    private static void pause() {
        try {
            Thread.sleep(2);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
