package org.exportrelay.destinations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.exportrelay.testing.LocalServer.body;

import jakarta.jms.JMSException;
import jakarta.jms.Message;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.ArtemisBroker;
import org.exportrelay.testing.FreePort;
import org.exportrelay.testing.KafkaBroker;
import org.exportrelay.testing.LocalServer;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.TraceCollector;
import org.exportrelay.testing.TraceCollector.Span;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the installed relay sends to a collector of OpenTelemetry, and what it adds to messages. */
@Execution(ExecutionMode.CONCURRENT)
class TracesIT {

    private static final String HOOK = "/hook";
    private static final String SECRET = "whsec_czNjcmV0LTAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5";
    private static final String COLLECTOR_KEY = "k3y-of-the-collector";
    private static final int EXPORTS = 2;
    private static final int RECORDS = 10;

    @TempDir
    private Path directory;

    private Sandbox sandbox;
    private LocalServer receiver;
    private TraceCollector collector;

    @BeforeEach
    void start() {
        sandbox = Sandbox.start(SandboxOptions.defaults()
                .withExports(0)
                .withArrivalPeriod(Duration.ZERO)
                .withSeed(42));
        for (int i = 0; i < EXPORTS; i++) {
            sandbox.addFinished("properties_export", new SandboxFile("properties.csv.gz", RECORDS));
        }
        receiver = new LocalServer();
        collector = new TraceCollector();
    }

    @AfterEach
    void stop() {
        collector.close();
        receiver.close();
        sandbox.close();
    }

    @Test
    void aDeliveryOfAnotherProcessLinksToThePollAndTheDownloadThatWereBeforeIt() throws Exception {
        receiver.answer(HOOK, body(503, "text/plain", "later"));
        RelayChild relay = relay().with("otel.exporter.otlp.headers", "x-key=" + COLLECTOR_KEY);
        assertThat(relay.run("once", "--wait", "2s").exitCode())
                .as("the webhook is away")
                .isEqualTo(1);
        Span poll = only("poll");
        List<Span> downloads = named("download");
        assertThat(poll.links()).isEmpty();
        assertThat(poll.attributes())
                .containsEntry("relay.outcome", "read")
                .containsEntry("relay.listed", "" + EXPORTS)
                .containsEntry("relay.new", "" + EXPORTS);
        assertThat(downloads).hasSize(EXPORTS).allSatisfy(download -> {
            assertThat(download.links()).containsExactly(poll.context());
            assertThat(download.attributes()).containsEntry("relay.outcome", "verified");
            assertThat(Long.parseLong(download.attribute("relay.bytes"))).isPositive();
        });
        assertThat(deliveries("webhook")).isNotEmpty().allSatisfy(failed -> {
            assertThat(failed.isError()).isTrue();
            assertThat(failed.attributes()).containsEntry("relay.outcome", "retrying");
        });
        assertThat(collector.resource()).containsEntry("service.name", "export-relay");
        assertThat(collector.header("x-key")).isEqualTo(COLLECTOR_KEY);

        receiver.answer(HOOK, body(204, "text/plain", ""));
        int before = receiver.requests().size();
        Ended ended = relay.run("once");
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        List<Span> delivered = deliveries("webhook").stream()
                .filter(span -> "delivered".equals(span.attribute("relay.outcome")))
                .toList();
        assertThat(delivered).hasSize(EXPORTS).allSatisfy(span -> {
            String exportId = span.attribute("relay.export.id");
            assertThat(span.links())
                    .containsExactly(
                            poll.context(),
                            downloads.stream()
                                    .filter(download -> exportId.equals(download.attribute("relay.export.id")))
                                    .map(Span::context)
                                    .findFirst()
                                    .orElseThrow());
            assertThat(span.attributes())
                    .containsKeys("relay.file.id", "relay.delivery.id", "relay.attempt", "relay.bytes");
        });
        assertThat(receiver.requests().stream()
                        .skip(before)
                        .map(request -> request.headers().getFirst("traceparent"))
                        .map(TraceCollector::context))
                .containsExactlyInAnyOrderElementsOf(contexts(delivered));
        assertNoSecret();
    }

    @Test
    void everyMessageOfKafkaHasTheContextOfItsDelivery() throws Exception {
        try (KafkaBroker kafka = KafkaBroker.start()) {
            kafka.createTopic("links", 1);
            kafka.createTopic("records", 1);
            RelayChild relay = withCollector(RelayChild.in(directory.resolve("relay"))
                    .at(sandbox)
                    .withExample("deliver-links-to-kafka")
                    .withExample("deliver-records-to-kafka")
                    .with("kafka.brokers", kafka.servers())
                    .with("kafka.links-topic", "links")
                    .with("kafka.records-topic", "records"));
            Ended ended = relay.run("once");
            assertThat(ended.exitCode()).as(ended.err()).isZero();
            assertThat(kafka.committed("links").stream()
                            .map(message -> KafkaBroker.headers(message).get("traceparent"))
                            .map(TraceCollector::context))
                    .containsExactlyInAnyOrderElementsOf(contexts(deliveries("kafka-links")));
            assertThat(kafka.committed("records").stream()
                            .map(message -> KafkaBroker.headers(message).get("traceparent"))
                            .map(TraceCollector::context))
                    .hasSize(EXPORTS * RECORDS)
                    .containsOnlyElementsOf(contexts(deliveries("kafka-records")));
            assertNoSecret();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"jms", "amqp"})
    void everyMessageOfAQueueHasTheContextOfItsDelivery(String protocol) throws Exception {
        try (ArtemisBroker broker = ArtemisBroker.start(directory.resolve("broker"))) {
            String scheme = protocol.equals("jms") ? "tcp" : "amqp";
            RelayChild relay = withCollector(RelayChild.in(directory.resolve("relay"))
                    .at(sandbox)
                    .withExample("deliver-to-" + protocol)
                    .without("deliver-to-file")
                    .with(protocol + ".url", scheme + "://127.0.0.1:" + broker.port())
                    .with(protocol + ".username", ArtemisBroker.USERNAME)
                    .with(protocol + ".password", ArtemisBroker.PASSWORD)
                    .with(protocol + ".queue", "exports")
                    .with("amqp.timeout-millis", 30000));
            Ended ended = relay.run("once");
            assertThat(ended.exitCode()).as(ended.err()).isZero();
            assertThat(broker.drain(EXPORTS).stream().map(TracesIT::traceparent).map(TraceCollector::context))
                    .containsExactlyInAnyOrderElementsOf(contexts(deliveries(protocol)));
            assertNoSecret();
        }
    }

    @Test
    void withoutAReceiverNothingIsRecordedAndNoMessageIsChanged() throws Exception {
        receiver.answer(HOOK, body(204, "text/plain", ""));
        RelayChild relay = webhook().with("otel.service.name", "relay");
        Ended ended = relay.run("once");
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertThat(receiver.requests()).hasSize(EXPORTS).noneMatch(request -> request.headers()
                .containsKey("traceparent"));
        assertThat(relay.ledger().number("SELECT count(*) FROM export WHERE traceparent IS NOT NULL"))
                .isZero();
        assertThat(relay.ledger().number("SELECT count(*) FROM export_file WHERE traceparent IS NOT NULL"))
                .isZero();
    }

    @Test
    void aVariableThatItCannotUseIsAWarningAndStopsNoDelivery() throws Exception {
        receiver.answer(HOOK, body(204, "text/plain", ""));
        Ended ended = relay().with("otel.exporter.otlp.protocol", "grpc").run("once");
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertThat(ended.err()).contains("traces are not exported: OTEL_EXPORTER_OTLP_PROTOCOL=grpc");
        assertThat(collector.spans()).isEmpty();
    }

    @Test
    void aCollectorThatIsAwayCostsTheSpansOnly() throws Exception {
        receiver.answer(HOOK, body(204, "text/plain", ""));
        Ended ended = webhook()
                .with("otel.exporter.otlp.endpoint", "http://127.0.0.1:" + FreePort.find())
                .run("once");
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        assertThat(receiver.requests()).hasSize(EXPORTS);
    }

    private RelayChild relay() {
        return withCollector(webhook());
    }

    private RelayChild webhook() {
        return RelayChild.in(directory.resolve("relay"))
                .at(sandbox)
                .withExample("deliver-to-webhook")
                .with("webhook.url", receiver.url(HOOK))
                .with("webhook.secret", SECRET)
                .with("webhook.timeout", "5s")
                .with("relay.delivery.retry-delay", "1s")
                .with("relay.delivery.max-retry-delay", "1s");
    }

    private RelayChild withCollector(RelayChild relay) {
        return relay.with("otel.exporter.otlp.endpoint", collector.endpoint());
    }

    private static String traceparent(Message message) {
        try {
            return message.getStringProperty("traceparent");
        } catch (JMSException e) {
            throw new IllegalStateException(e);
        }
    }

    private Span only(String name) {
        List<Span> spans = named(name);
        assertThat(spans).hasSize(1);
        return spans.get(0);
    }

    private List<Span> named(String name) {
        return collector.spans().stream()
                .filter(span -> span.name().equals(name))
                .toList();
    }

    private List<Span> deliveries(String destination) {
        return named("delivery").stream()
                .filter(span -> destination.equals(span.attribute("relay.destination")))
                .toList();
    }

    private static List<String> contexts(List<Span> spans) {
        return spans.stream().map(Span::context).collect(Collectors.toList());
    }

    private void assertNoSecret() {
        String sent = collector.text();
        assertThat(Stream.of("X-Goog", "http://", sandbox.key(), SECRET, HOOK, COLLECTOR_KEY, "properties.csv"))
                .noneMatch(sent::contains);
    }
}
