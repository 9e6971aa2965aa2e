package org.exportrelay.destinations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.jms.Connection;
import jakarta.jms.DeliveryMode;
import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.Session;
import jakarta.jms.TextMessage;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxFile;
import org.exportrelay.sandbox.SandboxOptions;
import org.exportrelay.testing.ArtemisBroker;
import org.exportrelay.testing.RelayChild;
import org.exportrelay.testing.RelayChild.Ended;
import org.exportrelay.testing.RelayChild.Running;
import org.exportrelay.testing.TcpGate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code deliver-to-jms} and {@code deliver-to-amqp} as they are, against an Artemis broker. */
class QueuesIT {

    @TempDir
    private Path directory;

    private Sandbox sandbox;
    private ArtemisBroker broker;
    private TcpGate gate;

    @BeforeEach
    void startServers() throws Exception {
        sandbox = Sandbox.start(SandboxOptions.defaults()
                .withExports(0)
                .withArrivalPeriod(Duration.ZERO)
                .withSeed(42));
        broker = ArtemisBroker.start(directory.resolve("broker"));
        gate = new TcpGate(broker.port());
    }

    @AfterEach
    void stopServers() throws Exception {
        gate.close();
        broker.close();
        sandbox.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"jms", "amqp"})
    void eachLinkIsOnePersistentMessageWithTheHeadersOfItsExport(String protocol) throws Exception {
        addExports(3);
        RelayChild relay = relay(protocol);
        assertThat(relay.run("check").out())
                .contains("ok    exports:" + protocol + " -> " + protocol)
                .contains("logged in");
        Ended ended = relay.run("once");
        assertThat(ended.exitCode()).as(ended.err()).isZero();

        List<Message> messages = broker.drain(3);
        assertThat(messages).hasSize(3);
        for (Message message : messages) {
            assertThat(message.getJMSDeliveryMode()).isEqualTo(DeliveryMode.PERSISTENT);
            JsonNode link = new ObjectMapper().readTree(((TextMessage) message).getText());
            assertThat(link.path("url").asText()).contains("X-Goog-Signature");
            Map<String, Object> properties = properties(message);
            assertThat(properties)
                    .containsKeys(
                            "ExportId",
                            "ExportName",
                            "ExportFile",
                            "ExportSize",
                            "ExportRecordCount",
                            "ExportCreatedAt",
                            "ExportExpiresAt",
                            "ExportAttempt",
                            "ExportDeliveryId")
                    .containsEntry("ExportDestination", protocol)
                    .containsEntry("ExportId", link.path("export_id").asText())
                    .containsEntry("_AMQ_DUPL_ID", properties.get("ExportDeliveryId"));
            assertThat(properties.keySet()).noneMatch(name -> name.startsWith("Camel"));
            assertThat(properties.toString()).doesNotContain("X-Goog").doesNotContain(sandbox.key());
        }
        assertThat(ended.err()).doesNotContain(ArtemisBroker.PASSWORD).doesNotContain("X-Goog");
    }

    @ParameterizedTest
    @ValueSource(strings = {"jms", "amqp"})
    void linksAreCloudEventsIfTheirRouteSetsTheOption(String protocol) throws Exception {
        addExports(1);
        Ended ended = relay(protocol)
                .withExportsOption("deliver-to-" + protocol, "cloudEvents: true")
                .run("once");
        assertThat(ended.exitCode()).as(ended.err()).isZero();
        Map<String, Object> properties = properties(broker.drain(1).get(0));
        assertThat(properties)
                .containsEntry("cloudEvents_specversion", "1.0")
                .containsEntry("cloudEvents_id", properties.get("ExportDeliveryId"))
                .containsEntry("cloudEvents_source", sandbox.apiUrl().toString())
                .containsEntry("cloudEvents_type", "org.exportrelay.file.completed")
                .containsKeys("cloudEvents_time", "cloudEvents_subject")
                .doesNotContainKey("ce_id");
    }

    /** The broker has stored a message, and the relay never hears of it: the hardest instant. */
    @ParameterizedTest
    @ValueSource(strings = {"jms", "amqp"})
    void whatIsSentAgainSinceItsAcknowledgementWasLostIsDroppedByTheBroker(String protocol) throws Exception {
        addExports(1);
        Running running = relay(protocol).with("relay.poll.period", "1s").start("run");
        try {
            await().atMost(Duration.ofSeconds(30)).until(() -> delivered(running) == 1);
            gate.before("ExportDeliveryId", gate::mute);
            addExports(1);
            await().atMost(Duration.ofSeconds(10)).until(() -> broker.messages() == 2);
            assertThat(delivered(running)).isEqualTo(1);
            gate.cut();
            await().atMost(Duration.ofSeconds(20)).until(() -> delivered(running) == 2);
            assertThat(running.output()).contains(": down: ").doesNotContain(ArtemisBroker.PASSWORD);
            assertThat(ids(broker.drain(2))).hasSize(2).doesNotHaveDuplicates();
        } finally {
            running.stop();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"jms", "amqp"})
    void aBrokerThatIsStoppedInTheMiddleLosesNothingAndRepeatsNothing(String protocol) throws Exception {
        addExports(60);
        Running running = relay(protocol).start("run");
        try {
            await().atMost(Duration.ofSeconds(30)).until(() -> delivered(running) >= 5);
            broker.stop();
            await().atMost(Duration.ofSeconds(20)).until(() -> running.output().contains(": down: "));
            assertThat(delivered(running)).as("stopped in the middle").isLessThan(60);
            broker.start();
            await().atMost(Duration.ofSeconds(30)).until(() -> delivered(running) == 60);
            assertThat(ids(broker.drain(60))).hasSize(60).doesNotHaveDuplicates();
        } finally {
            running.stop();
        }
    }

    /** Why the routes send without a transaction: a repeat must end as delivered, not as an error. */
    @Test
    void theBrokerRefusesToCommitARepeatedMessageThatItWouldDropSilentlyOutsideATransaction() throws Exception {
        try (ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory("tcp://127.0.0.1:" + broker.port());
                Connection connection = factory.createConnection(ArtemisBroker.USERNAME, ArtemisBroker.PASSWORD);
                Session plain = connection.createSession(Session.AUTO_ACKNOWLEDGE);
                Session transacted = connection.createSession(Session.SESSION_TRANSACTED)) {
            send(plain);
            send(plain);
            send(transacted);
            assertThatThrownBy(transacted::commit).hasMessageContaining("Duplicate message detected");
        }
        assertThat(broker.messages()).isEqualTo(1);
    }

    private static void send(Session session) throws JMSException {
        TextMessage message = session.createTextMessage("{}");
        message.setStringProperty("_AMQ_DUPL_ID", "one");
        session.createProducer(session.createQueue("exports")).send(message);
    }

    private RelayChild relay(String protocol) {
        boolean isJms = protocol.equals("jms");
        String address = "127.0.0.1:" + gate.port();
        return RelayChild.in(directory.resolve("relay"))
                .at(sandbox)
                .withExample("deliver-to-" + protocol)
                .without("deliver-to-file")
                .with("relay.delivery.retry-delay", "200ms")
                .with("relay.delivery.max-retry-delay", "1s")
                .with(protocol + ".url", isJms ? "tcp://" + address + "?callTimeout=2000" : "amqp://" + address)
                .with(protocol + ".username", ArtemisBroker.USERNAME)
                .with(protocol + ".password", ArtemisBroker.PASSWORD)
                .with(protocol + ".queue", "exports")
                .with("amqp.timeout-millis", 30000);
    }

    private void addExports(int count) {
        for (int i = 0; i < count; i++) {
            sandbox.addFinished("properties_export", new SandboxFile("properties_export_2026-02-17.csv.gz", 10));
        }
    }

    private static long delivered(Running running) {
        return running.output()
                .lines()
                .filter(line -> line.contains(": delivered "))
                .count();
    }

    private static List<String> ids(List<Message> messages) throws Exception {
        List<String> ids = new ArrayList<>();
        for (Message message : messages) {
            ids.add(message.getStringProperty("ExportDeliveryId"));
        }
        return ids;
    }

    private static Map<String, Object> properties(Message message) throws Exception {
        Map<String, Object> properties = new TreeMap<>();
        for (Object name : Collections.list(message.getPropertyNames())) {
            properties.put((String) name, message.getObjectProperty((String) name));
        }
        return properties;
    }
}
