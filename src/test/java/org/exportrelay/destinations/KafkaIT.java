package org.exportrelay.destinations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import de.siegmar.fastcsv.reader.CsvReader;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxExport;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.KafkaBroker;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.RelayChild.Running;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The Kafka examples as they are, in the packaged jar, against a real broker. */
class KafkaIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static KafkaBroker broker;

    @TempDir
    private Path directory;

    @BeforeAll
    static void start() {
        broker = KafkaBroker.start();
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @Test
    void linksAreOneJsonMessagePerFileUnderTheExportsId() throws Exception {
        broker.createTopic("links", 3);
        try (Sandbox sandbox = sandbox(5, 200)) {
            Ended ended = relay(sandbox, "deliver-links-to-kafka", "kafka.links-topic", "links")
                    .run("once");
            assertThat(ended.exitCode()).as(ended.err()).isZero();
            List<ConsumerRecord<String, String>> links = broker.committed("links");
            assertThat(links).hasSize(5);
            for (ConsumerRecord<String, String> link : links) {
                JsonNode json = new ObjectMapper().readTree(link.value());
                assertThat(link.key()).isEqualTo(json.path("export_id").textValue());
                assertThat(json.path("url").textValue())
                        .startsWith(sandbox.storeUrl().toString());
                assertThat(KafkaBroker.headers(link))
                        .containsKey("ExportDeliveryId")
                        .containsEntry("ExportRecordCount", "200")
                        .doesNotContainKey("Authorization");
            }
        }
    }

    @Test
    void linksAreCloudEventsIfTheirRouteSetsTheOption() throws Exception {
        broker.createTopic("events", 3);
        try (Sandbox sandbox = sandbox(1, 10)) {
            Ended ended = relay(sandbox, "deliver-links-to-kafka", "kafka.links-topic", "events")
                    .withExportsOption("deliver-links-to-kafka", "cloudEvents: true")
                    .run("once");
            assertThat(ended.exitCode()).as(ended.err()).isZero();
            Map<String, String> headers =
                    KafkaBroker.headers(broker.committed("events").get(0));
            assertThat(headers)
                    .containsEntry("ce_specversion", "1.0")
                    .containsEntry("ce_id", headers.get("ExportDeliveryId"))
                    .containsEntry("ce_source", sandbox.apiUrl().toString())
                    .containsEntry("ce_type", "org.exportrelay.file.completed")
                    .containsEntry("content-type", "application/json")
                    .containsKeys("ce_time", "ce_subject");
            assertThat(headers.get("ce_subject")).isEqualTo("properties_0." + headers.get("ExportId") + ".csv.gz");
        }
    }

    @Test
    void recordsAreEveryRowOfEveryFileOnce() throws Exception {
        broker.createTopic("records", 3);
        try (Sandbox sandbox = sandbox(4, 3_000)) {
            Ended ended = relay(sandbox, "deliver-records-to-kafka", "kafka.records-topic", "records")
                    .with("kafka.key-column", "id")
                    .run("once");
            assertThat(ended.exitCode()).as(ended.err()).isZero();
            await().untilAsserted(() -> assertThat(broker.committed("records")).hasSize(12_000));
            assertThat(values("records").equals(rows(sandbox))).isTrue();
            assertThat(broker.committed("records"))
                    .allMatch(row -> row.value().contains("{\"id\":\"" + row.key() + "\","));
        }
    }

    /** The moment in which a crash would repeat a file: Kafka has committed, the ledger does not know. */
    @Test
    void recordsStayExactlyOnceWhenKilledBetweenKafkasCommitAndTheLedgers() throws Exception {
        broker.createTopic("between", 3);
        try (Sandbox sandbox = sandbox(1, 100_000)) {
            RelayChild relay = relay(sandbox, "deliver-records-to-kafka", "kafka.records-topic", "between");
            Running running = relay.start("run");
            awaitRows("between");
            try (Connection ledger = relay.ledger().connect();
                    Statement statement = ledger.createStatement()) {
                // The ledger's one writer is now this test, so that the relay cannot record its success.
                statement.execute("BEGIN IMMEDIATE");
                await().atMost(PATIENCE).until(() -> broker.committed("between").size() == 100_000);
                running.kill();
                statement.execute("ROLLBACK");
            }
            Ended ended = relay.run("once");
            assertThat(ended.exitCode()).as(ended.err()).isZero();
            assertThat(ended.err()).contains("from an attempt that the ledger did not record");
            assertThat(broker.committed("between")).hasSize(100_000);
        }
    }

    @Test
    void recordsAreInvisibleAfterAKillInTheMiddleAndThenExactlyOnce() throws Exception {
        broker.createTopic("middle", 3);
        try (Sandbox sandbox = sandbox(1, 200_000)) {
            RelayChild relay = relay(sandbox, "deliver-records-to-kafka", "kafka.records-topic", "middle");
            Running running = relay.start("run");
            awaitRows("middle");
            running.kill();
            assertThat(broker.committed("middle")).isEmpty();
            Ended ended = relay.run("once");
            assertThat(ended.exitCode()).as(ended.err()).isZero();
            await().untilAsserted(() -> assertThat(broker.committed("middle")).hasSize(200_000));
            assertThat(values("middle").equals(rows(sandbox))).isTrue();
        }
    }

    @Test
    void aMillionRecordsFitIntoSixtyFourMegabytesOfHeap() throws Exception {
        broker.createTopic("million", 3);
        try (Sandbox sandbox = sandbox(1, 1_000_000)) {
            RelayChild relay = relay(sandbox, "deliver-records-to-kafka", "kafka.records-topic", "million")
                    .withJava("-Xmx64m")
                    .withJava("-XX:+ExitOnOutOfMemoryError");
            Ended ended = relay.run("once");
            assertThat(ended.exitCode()).as(ended.err()).isZero();
            assertThat(broker.written("million")).isGreaterThanOrEqualTo(1_000_000);
        }
    }

    private RelayChild relay(Sandbox sandbox, String example, String topicKey, String topic) {
        return RelayChild.in(directory)
                .at(sandbox)
                .without("deliver-to-file")
                .withExample(example)
                .with("kafka.brokers", broker.servers())
                .with(topicKey, topic)
                .with("relay.delivery.retry-delay", "200ms");
    }

    private static Sandbox sandbox(int exports, int records) {
        Sandbox sandbox = Sandbox.start(SandboxOptions.defaults()
                .withExports(0)
                .withArrivalPeriod(Duration.ZERO)
                .withSeed(5));
        for (int i = 0; i < exports; i++) {
            sandbox.addFinished("properties_export", new SandboxFile("properties_" + i + ".csv.gz", records));
        }
        return sandbox;
    }

    /** Sorted, and to be compared as a whole: a list of all differences would be as long as the file. */
    private static List<String> values(String topic) {
        return broker.committed(topic).stream()
                .map(ConsumerRecord::value)
                .sorted()
                .toList();
    }

    /** What the rows are as JSON objects, made by other means than the relay's. */
    private static List<String> rows(Sandbox sandbox) throws Exception {
        List<String> rows = new ArrayList<>();
        ObjectMapper json = new ObjectMapper();
        for (SandboxExport export : sandbox.exports()) {
            byte[] content =
                    new GZIPInputStream(new ByteArrayInputStream(sandbox.content(export.id(), 0))).readAllBytes();
            CsvReader.builder()
                    .ofNamedCsvRecord(new String(content, java.nio.charset.StandardCharsets.UTF_8))
                    .forEach(row ->
                            rows.add(json.valueToTree(row.getFieldsAsMap()).toString()));
        }
        return rows.stream().sorted().toList();
    }

    /** Until a transaction is under way. */
    private static void awaitRows(String topic) {
        await().atMost(PATIENCE).pollInterval(Duration.ofMillis(20)).until(() -> broker.written(topic) > 1_000);
    }
}
