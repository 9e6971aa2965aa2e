package org.exportrelay.destinations;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.Headers;
import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;
import org.apache.camel.Exchange;
import org.apache.camel.component.jms.JmsComponent;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;
import org.exportrelay.component.CloudEvent;
import org.exportrelay.component.Payload;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.testing.ArtemisBroker;
import org.exportrelay.testing.LocalServer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kafka and AMQP with real brokers: {@link KafkaIT} and {@link QueuesIT}. */
class CloudEventHeadersTest {

    private final DefaultCamelContext context = new DefaultCamelContext();
    private LocalServer server;

    @BeforeEach
    void start() {
        context.getManagementStrategy().addEventNotifier(new CloudEventHeaders());
        context.start();
        server = new LocalServer();
        server.answer("/hook", exchange -> {
            exchange.getResponseHeaders().set("ce-id", "of-the-answer");
            exchange.sendResponseHeaders(204, -1);
        });
    }

    @AfterEach
    void stop() {
        server.close();
        context.stop();
    }

    @Test
    void aWebServerReceivesTheAttributesOfTheHttpBinding() throws Exception {
        send("");
        assertThat(received().getFirst("ce-specversion")).isEqualTo("1.0");
        assertThat(received().getFirst("ce-id")).isEqualTo("d-1");
        assertThat(received().getFirst("ce-source")).isEqualTo("https://api.example");
        assertThat(received().getFirst("ce-type")).isEqualTo("org.exportrelay.file.completed");
        assertThat(received().getFirst("ce-time")).isEqualTo("2026-02-17T15:30:00.000Z");
        assertThat(received().getFirst("Content-Type")).isEqualTo("application/json");
        assertThat(received().keySet()).noneMatch(name -> name.toLowerCase().startsWith("ce_"));
    }

    /** Space, percent, quotation mark and what is not ASCII. */
    @Test
    void aWebServerReceivesValuesPercentEncoded() throws Exception {
        send(
                """
                      - setHeader: {name: ce_subject, constant: "Zürich 100% \\"a\\"!"}
                """);
        assertThat(received().getFirst("ce-subject")).isEqualTo("Z%C3%BCrich%20100%25%20%22a%22!");
    }

    @Test
    void aHeaderOfTheRouteTakesPrecedenceAndAddsAnExtension() throws Exception {
        send(
                """
                      - setHeader: {name: ce_type, constant: com.example.arrived}
                      - setHeader: {name: ce_tenant, constant: north}
                      - setHeader: {name: Content-Type, constant: application/vnd.example+json}
                """);
        assertThat(received().getFirst("ce-type")).isEqualTo("com.example.arrived");
        assertThat(received().getFirst("ce-tenant")).isEqualTo("north");
        assertThat(received().getFirst("Content-Type")).isEqualTo("application/vnd.example+json");
    }

    @Test
    void stepsThatRemoveHeadersAndPropertiesRemoveNoAttribute() throws Exception {
        send(
                """
                      - removeHeaders: {pattern: "*"}
                      - removeProperties: {pattern: "*"}
                """);
        assertThat(received().getFirst("ce-id")).isEqualTo("d-1");
    }

    @Test
    void afterASendTheRouteHasItsOwnHeadersAndThoseOfTheAnswer() throws Exception {
        Exchange sent = send(
                """
                      - setHeader: {name: ce_type, constant: com.example.arrived}
                """);
        assertThat(sent.getMessage().getHeaders())
                .containsEntry("ce_type", "com.example.arrived")
                .containsEntry("ce_id", "d-1")
                .containsEntry("ce-id", "of-the-answer")
                .doesNotContainKey("ce-type");
    }

    @Test
    void aRouteWithoutCloudEventsSendsNoneAndKeepsHeadersOfThoseNames() throws Exception {
        load("      - setHeader: {name: ce_type, constant: mine}\n");
        context.createProducerTemplate()
                .send("direct:start", exchange -> exchange.getMessage().setBody("{}"));
        assertThat(received()).doesNotContainKey("Ce-id").containsKey("Ce_type");
    }

    @Test
    void aQueueReceivesThemAsPropertiesThatEveryJmsClientCanRead(@TempDir Path directory) throws Exception {
        try (ArtemisBroker broker = ArtemisBroker.start(directory)) {
            JmsComponent artemis = new JmsComponent();
            artemis.setConnectionFactory(new ActiveMQConnectionFactory(
                    "tcp://127.0.0.1:" + broker.port(), ArtemisBroker.USERNAME, ArtemisBroker.PASSWORD));
            // Under a name of the operator's choice.
            context.addComponent("artemis", artemis);
            send("      - to: {uri: \"artemis:queue:exports\"}\n");
            jakarta.jms.Message message = broker.drain(1).get(0);
            assertThat(message.getStringProperty("cloudEvents_id")).isEqualTo("d-1");
            assertThat(message.getStringProperty("cloudEvents_specversion")).isEqualTo("1.0");
            assertThat(message.getStringProperty("cloudEvents_subject"))
                    .isEqualTo("Zürich 2026-02-17.0198c2d0-0000-7000-8000-000000000001.csv.gz");
            assertThat(message.propertyExists("ce_id")).isFalse();
            assertThat(received().getFirst("ce-id")).as("sent after the queue").isEqualTo("d-1");
        }
    }

    private Exchange send(String steps) throws Exception {
        load(steps);
        return context.createProducerTemplate().send("direct:start", exchange -> {
            exchange.getMessage().setBody("{}");
            CloudEvent.begin(exchange, delivery(), Payload.link, URI.create("https://api.example"));
        });
    }

    private void load(String steps) throws Exception {
        String route =
                """
                - from:
                    uri: direct:start
                    steps:
                %s      - to: {uri: "http://127.0.0.1:%d/hook"}
                """
                        .formatted(steps, server.port());
        PluginHelper.getRoutesLoader(context).loadRoutes(ResourceHelper.fromString("start.camel.yaml", route));
    }

    private Headers received() {
        return server.requests().get(0).headers();
    }

    private static Delivery delivery() {
        Instant created = Instant.parse("2026-02-17T15:00:00Z");
        Instant updated = Instant.parse("2026-02-17T15:30:00Z");
        ExportFile file = new ExportFile(
                1,
                "0198c2d0-0000-7000-8000-000000000001",
                "Zürich",
                "Zürich 2026-02-17.csv.gz",
                1,
                "Zürich 2026-02-17.csv.gz",
                10L,
                null,
                null,
                null,
                created,
                updated,
                null);
        return new Delivery("d-1", "links", 1, 1, 0, "claim", file);
    }
}
