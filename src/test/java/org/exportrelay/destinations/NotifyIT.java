package org.exportrelay.destinations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.exportrelay.testing.LocalServer.body;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.KafkaBroker;
import org.exportrelay.testing.LocalServer;
import org.exportrelay.testing.LocalServer.Request;
import org.exportrelay.testing.MailServer;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.RelayChild.Running;
import org.exportrelay.testing.TcpGate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples that notify, as they are, while a webhook is away or refuses: by mail, to a chat, Kafka and the log. */
class NotifyIT {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int FILES = 12;

    @TempDir
    private Path directory;

    private Sandbox sandbox;
    private LocalServer partner;

    @BeforeEach
    void startServers() {
        sandbox = Sandbox.start(SandboxOptions.defaults().withExports(0).withArrivalPeriod(Duration.ZERO));
        partner = new LocalServer();
    }

    @AfterEach
    void stopServers() {
        partner.close();
        sandbox.close();
    }

    @Test
    void anOutageIsOneMailWhenItBeginsAndOneWhenItEndsHoweverManyFilesWait() throws Exception {
        partner.answer("/hook", body(503, "text/plain", "closed"));
        addFiles();
        int port = TcpGate.freePort();
        try (MailServer mail = MailServer.start(port)) {
            Running running = relay().withExample("notify-mail")
                    .with("notify.mail.to", smtp(port))
                    .with("smtp.password", "sm+p&s3cret")
                    .start("run");
            try {
                await().atMost(PATIENCE).until(() -> mail.mails().size() == 1);
                // More deliveries meet the outage meanwhile.
                int asked = partner.requests().size();
                await().atMost(PATIENCE).until(() -> partner.requests().size() >= asked + 2);
                assertThat(mail.mails()).singleElement().satisfies(first -> assertThat(first)
                        .contains("Subject: Export Relay: destination-down webhook")
                        .contains("destination-down exports:webhook")
                        .contains("answered 503")
                        .doesNotContain("\nExport"));
                AtomicInteger accepted = new AtomicInteger();
                partner.answer("/hook", exchange -> {
                    accepted.incrementAndGet();
                    body(204, "text/plain", "").handle(exchange);
                });
                await().atMost(PATIENCE).until(() -> mail.mails().size() == 2);
                assertThat(mail.mails().get(1))
                        .contains("Subject: Export Relay: destination-up webhook")
                        .contains("up again after");
                await().atMost(PATIENCE).until(() -> accepted.get() == FILES);
                assertThat(mail.mails()).hasSize(2);
            } finally {
                assertThat(running.stop().out()).doesNotContain("s3cret");
            }
        }
    }

    @Test
    void refusedFilesAreOneMailForAll() throws Exception {
        partner.answer("/hook", body(422, "text/plain", "no such column"));
        addFiles();
        int port = TcpGate.freePort();
        try (MailServer mail = MailServer.start(port)) {
            Running running = relay().withExample("notify-mail-digest")
                    .with("notify.mail.to", smtp(port))
                    .with("notify.digest", "5s")
                    .with("smtp.password", "s3cret")
                    .start("run");
            try {
                await().atMost(PATIENCE).until(() -> mail.mails().size() == 1);
                String text = mail.mails().get(0);
                assertThat(text).contains("Subject: Export Relay: action needed (" + FILES + ")");
                assertThat(text.lines().filter(line -> line.contains(" parked exports:webhook export ")))
                        .hasSize(FILES);
            } finally {
                running.stop();
            }
        }
    }

    @Test
    void aChatReceivesJsonWithEveryTextQuoted() throws Exception {
        partner.answer("/hook", body(503, "text/plain", "closed"));
        partner.answer("/chat/s3cret-path", body(500, "text/plain", "\"no\""), body(200, "text/plain", "ok"));
        addFiles();
        Running running = relay().withExample("notify-chat")
                .with("notify.chat.url", partner.url("/chat/s3cret-path"))
                .with("notify.chat.timeout", "5s")
                .start("run");
        try {
            await().atMost(PATIENCE).until(() -> posts().size() == 2);
            Request post = posts().get(1);
            assertThat(post.headers().getFirst("Content-Type")).startsWith("application/json");
            assertThat(post.headers().keySet()).noneMatch(name -> name.startsWith("Export"));
            JsonNode json = new ObjectMapper().readTree(post.body());
            assertThat(json.fieldNames()).toIterable().containsExactly("text");
            assertThat(json.path("text").asText())
                    .contains("destination-down exports:webhook")
                    .contains("answered 503");
            assertThat(posts().get(0).body()).isEqualTo(post.body());
            // The server has the request before the relay has its answer.
            await().atMost(PATIENCE).untilAsserted(() -> assertThat(running.output())
                    .contains("export-events:notify-chat: the route failed on 1 event from id ")
                    .contains("answered 500); retrying in 1s, and all later events wait")
                    .contains("export-events:notify-chat: the route accepts events again"));
        } finally {
            assertThat(running.stop().out()).doesNotContain("s3cret-path");
        }
    }

    @Test
    void onceNotifiesBeforeItEnds() {
        partner.answer("/hook", body(422, "text/plain", "no such column"));
        addFiles();
        Ended once = relay().withExample("notify-log").run("once");
        assertThat(once.exitCode()).isEqualTo(1);
        assertThat((once.out() + once.err()).lines().filter(line -> line.contains(" parked exports:webhook export ")))
                .hasSize(FILES);
    }

    @Test
    void kafkaAndTheLogReceiveEveryEvent() throws Exception {
        partner.answer("/hook", body(422, "text/plain", "say \"please\""));
        addFiles();
        try (KafkaBroker broker = KafkaBroker.start()) {
            broker.createTopic("events", 3);
            Running running = relay().withExample("notify-kafka")
                    .withExample("notify-log")
                    .with("kafka.brokers", broker.servers())
                    .with("notify.kafka.topic", "events")
                    .start("run");
            try {
                await().atMost(PATIENCE).until(() -> parked(broker).size() == FILES);
                for (ConsumerRecord<String, String> record : parked(broker)) {
                    JsonNode event = new ObjectMapper().readTree(record.value());
                    assertThat(event.path("destination").asText()).isEqualTo("webhook");
                    assertThat(record.key()).isEqualTo("webhook");
                    assertThat(KafkaBroker.headers(record))
                            .containsEntry("ExportEventKind", "parked")
                            .containsEntry("ExportEventId", event.path("id").asText());
                }
                await().atMost(PATIENCE)
                        .until(() -> running.output()
                                        .lines()
                                        .filter(line -> line.contains(" parked exports:webhook export "))
                                        .count()
                                == FILES);
            } finally {
                running.stop();
            }
        }
    }

    @Test
    void killedInTheMiddleItLosesNoEvent() {
        partner.answer("/hook", body(422, "text/plain", "no such column"));
        addFiles();
        try (KafkaBroker broker = KafkaBroker.start()) {
            broker.createTopic("events", 1);
            RelayChild relay = relay().withExample("notify-kafka")
                    .with("kafka.brokers", broker.servers())
                    .with("notify.kafka.topic", "events");
            Running first = relay.start("run");
            await().atMost(PATIENCE).until(() -> !parked(broker).isEmpty());
            first.kill();
            Running second = relay.start("run");
            try {
                await().atMost(PATIENCE)
                        .until(() -> parked(broker).stream()
                                        .map(record ->
                                                KafkaBroker.headers(record).get("ExportEventId"))
                                        .distinct()
                                        .count()
                                == FILES);
            } finally {
                second.stop();
            }
        }
    }

    private static List<ConsumerRecord<String, String>> parked(KafkaBroker broker) {
        List<ConsumerRecord<String, String>> parked = new ArrayList<>(broker.committed("events"));
        parked.removeIf(record -> !record.value().contains("\"kind\":\"parked\""));
        return parked;
    }

    private List<Request> posts() {
        return partner.requests().stream()
                .filter(request -> request.target().startsWith("/chat"))
                .toList();
    }

    private void addFiles() {
        for (int i = 0; i < FILES; i++) {
            sandbox.addFinished("people_export", new SandboxFile("file" + i + ".csv.gz", 10));
        }
    }

    private static String smtp(int port) {
        return "smtp:127.0.0.1:" + port
                + "?username=relay&password=RAW({{smtp.password}})&from=relay@example.com&to=operators@example.com";
    }

    private RelayChild relay() {
        return RelayChild.in(directory)
                .at(sandbox)
                .withExample("deliver-to-webhook")
                .without("deliver-to-file")
                .with("webhook.url", partner.url("/hook"))
                .with("webhook.secret", "whsec_czNjcmV0LTAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5")
                .with("webhook.timeout", "5s")
                .with("relay.delivery.retry-delay", "1s")
                .with("relay.delivery.max-retry-delay", "2s");
    }
}
