package org.exportrelay.destinations.jms;

import jakarta.jms.ConnectionFactory;
import jakarta.jms.JMSException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;
import org.apache.camel.ProducerTemplate;
import org.apache.camel.component.amqp.AMQPComponent;
import org.apache.camel.component.jms.JmsComponent;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.qpid.jms.JmsConnectionFactory;
import org.exportrelay.destinations.FailureTable;
import org.exportrelay.testing.ArtemisBroker;
import org.exportrelay.testing.TcpGate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.messaginghub.pooled.jms.JmsPoolConnectionFactory;
import org.springframework.jms.MessageFormatException;
import org.springframework.jms.UncategorizedJmsException;

/** Links through {@code jms:} and {@code amqp:}, with the clients and pools of the examples, against one broker. */
class QueueFailuresTest {

    @TempDir
    private static Path directory;

    private static ArtemisBroker broker;

    @BeforeAll
    static void start() throws Exception {
        broker = ArtemisBroker.start(directory);
    }

    @AfterAll
    static void stop() throws Exception {
        broker.close();
    }

    @TestFactory
    Stream<DynamicTest> everyRowOfTheTableHolds() {
        int nowhere = TcpGate.freePort();
        return FailureTable.of("JMS and AMQP")
                .row(
                        "The broker cannot be reached.",
                        () -> jms(nowhere, ArtemisBroker.PASSWORD, "exports", "link"),
                        () -> amqp(nowhere, ArtemisBroker.PASSWORD, "exports", "link"))
                .row(
                        "The broker does not respond in time.",
                        () -> throughAMutedGate(true),
                        () -> throughAMutedGate(false))
                .row("The connection breaks.", () -> throughAGateThatCuts(true), () -> throughAGateThatCuts(false))
                .row(
                        "The broker refuses the login.",
                        () -> jms(broker.port(), "wrong", "exports", "link"),
                        () -> amqp(broker.port(), "wrong", "exports", "link"))
                .row(
                        "The queue does not exist.",
                        () -> jms(broker.port(), ArtemisBroker.PASSWORD, "missing", "link"),
                        () -> amqp(broker.port(), ArtemisBroker.PASSWORD, "missing", "link"))
                .row(
                        "The user may not send to the queue.",
                        () -> jms(broker.port(), ArtemisBroker.PASSWORD, ArtemisBroker.FORBIDDEN, "link"),
                        () -> amqp(broker.port(), ArtemisBroker.PASSWORD, ArtemisBroker.FORBIDDEN, "link"))
                .row(
                        "The queue is full.",
                        () -> jms(broker.port(), ArtemisBroker.PASSWORD, ArtemisBroker.FULL, "link"),
                        () -> amqp(broker.port(), ArtemisBroker.PASSWORD, ArtemisBroker.FULL, "link"))
                .row("The message is too large.", QueueFailuresTest::withAPropertyThatIsTooLarge, () -> {
                    throw new UncategorizedJmsException(
                            new JMSException("the link's limit [condition = amqp:link:message-size-exceeded]"));
                })
                .row("The message cannot be written, for example a property.", () -> {
                    throw new MessageFormatException(new jakarta.jms.MessageFormatException("not a JMS type"));
                })
                .tests();
    }

    private void throughAMutedGate(boolean isJms) throws IOException {
        try (TcpGate gate = new TcpGate(broker.port())) {
            gate.before("link-of-an-export", gate::mute);
            send(isJms, gate.port(), ArtemisBroker.PASSWORD, "exports", "link-of-an-export");
        }
    }

    private void throughAGateThatCuts(boolean isJms) throws IOException {
        try (TcpGate gate = new TcpGate(broker.port())) {
            gate.before("link-of-an-export", gate::cut);
            send(isJms, gate.port(), ArtemisBroker.PASSWORD, "exports", "link-of-an-export");
        }
    }

    private static void withAPropertyThatIsTooLarge() throws IOException {
        with(
                true,
                broker.port(),
                ArtemisBroker.PASSWORD,
                template -> template.sendBodyAndHeader("jms:queue:exports", "link", "Large", "x".repeat(2_000_000)));
    }

    private static void jms(int port, String password, String queue, String body) throws IOException {
        send(true, port, password, queue, body);
    }

    private static void amqp(int port, String password, String queue, String body) throws IOException {
        send(false, port, password, queue, body);
    }

    private static void send(boolean isJms, int port, String password, String queue, String body) throws IOException {
        String uri = (isJms ? "jms" : "amqp") + ":queue:" + queue + "?jmsMessageType=Text&deliveryPersistent=true";
        with(isJms, port, password, template -> {
            template.sendBody(uri, body);
            // A queue is full after the first.
            template.sendBody(uri, body);
        });
    }

    private static void with(boolean isJms, int port, String password, Consumer<ProducerTemplate> sender)
            throws IOException {
        JmsPoolConnectionFactory pool = new JmsPoolConnectionFactory();
        pool.setConnectionFactory(isJms ? artemis(port, password) : qpid(port, password));
        pool.setUseAnonymousProducers(false);
        pool.setExplicitProducerCacheSize(1);
        JmsComponent component = isJms ? new JmsComponent() : new AMQPComponent();
        component.setConnectionFactory(pool);
        try (DefaultCamelContext context = new DefaultCamelContext()) {
            context.addComponent(isJms ? "jms" : "amqp", component);
            context.start();
            sender.accept(context.createProducerTemplate());
        } finally {
            pool.stop();
        }
    }

    private static ConnectionFactory artemis(int port, String password) {
        ActiveMQConnectionFactory factory =
                new ActiveMQConnectionFactory("tcp://127.0.0.1:" + port + "?callTimeout=1000&connectionTTL=2000");
        factory.setUser(ArtemisBroker.USERNAME);
        factory.setPassword(password);
        factory.setBlockOnDurableSend(true);
        return factory;
    }

    private static ConnectionFactory qpid(int port, String password) {
        JmsConnectionFactory factory =
                new JmsConnectionFactory(ArtemisBroker.USERNAME, password, "amqp://127.0.0.1:" + port);
        factory.setForceSyncSend(true);
        factory.setSendTimeout(1000);
        factory.setRequestTimeout(1000);
        factory.setConnectTimeout(1000);
        factory.setCloseTimeout(1000);
        return factory;
    }
}
