package org.exportrelay.testing;

import jakarta.jms.JMSException;
import jakarta.jms.Message;
import jakarta.jms.MessageConsumer;
import jakarta.jms.Session;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.activemq.artemis.api.core.QueueConfiguration;
import org.apache.activemq.artemis.api.core.RoutingType;
import org.apache.activemq.artemis.api.core.SimpleString;
import org.apache.activemq.artemis.core.config.Configuration;
import org.apache.activemq.artemis.core.config.impl.ConfigurationImpl;
import org.apache.activemq.artemis.core.server.JournalType;
import org.apache.activemq.artemis.core.server.embedded.EmbeddedActiveMQ;
import org.apache.activemq.artemis.core.settings.impl.AddressFullMessagePolicy;
import org.apache.activemq.artemis.core.settings.impl.AddressSettings;
import org.apache.activemq.artemis.jms.client.ActiveMQConnectionFactory;
import org.apache.activemq.artemis.spi.core.security.ActiveMQJAASSecurityManager;
import org.apache.activemq.artemis.spi.core.security.jaas.InVMLoginModule;

/**
 * An Artemis broker on 127.0.0.1 that speaks its own protocol and AMQP 1.0 on one port, asks for a
 * password, and keeps its messages in a journal, so that it can be stopped and started again.
 */
public final class ArtemisBroker implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration MOMENT = Duration.ofSeconds(1);
    public static final String USERNAME = "relay";
    public static final String PASSWORD = "br0ker-s3cret";
    /** A queue that refuses messages once it has one. */
    public static final String FULL = "full";
    /** A queue that the user may not send to. */
    public static final String FORBIDDEN = "forbidden";

    private final Path directory;
    private final int port = TcpGate.freePort();
    private EmbeddedActiveMQ server;

    private ArtemisBroker(Path directory) {
        this.directory = directory;
    }

    /** Starts it with an empty or an earlier journal. */
    public static ArtemisBroker start(Path directory) throws Exception {
        ArtemisBroker broker = new ArtemisBroker(directory);
        broker.start();
        return broker;
    }

    /** Starts it again, on the same port, with what its journal has. */
    public void start() throws Exception {
        Configuration configuration = new ConfigurationImpl()
                .setName("broker")
                .setPersistenceEnabled(true)
                .setJournalType(JournalType.NIO)
                .setJournalDirectory(directory.resolve("journal").toString())
                .setBindingsDirectory(directory.resolve("bindings").toString())
                .setPagingDirectory(directory.resolve("paging").toString())
                .setLargeMessagesDirectory(directory.resolve("large").toString())
                .setJournalFileSize(1 << 20)
                .setJournalPoolFiles(2)
                .setSecurityEnabled(true)
                .addAcceptorConfiguration("tcp", "tcp://127.0.0.1:" + port + "?protocols=CORE,AMQP")
                .addAddressSetting("#", new AddressSettings().setAutoCreateQueues(false))
                .addAddressSetting(
                        FULL,
                        new AddressSettings()
                                .setMaxSizeBytes(1)
                                .setAddressFullMessagePolicy(AddressFullMessagePolicy.FAIL));
        configuration.addQueueConfiguration(QueueConfiguration.of(FULL).setRoutingType(RoutingType.ANYCAST));
        configuration.addQueueConfiguration(QueueConfiguration.of(FORBIDDEN).setRoutingType(RoutingType.ANYCAST));
        configuration.putSecurityRoles(FORBIDDEN, java.util.Set.of());
        configuration.addQueueConfiguration(QueueConfiguration.of("exports").setRoutingType(RoutingType.ANYCAST));
        configuration.putSecurityRoles(
                "#",
                java.util.Set.of(new org.apache.activemq.artemis.core.security.Role(
                        "all", true, true, true, true, true, true, true, true, true, true, true, true)));
        var users = new org.apache.activemq.artemis.core.config.impl.SecurityConfiguration();
        users.addUser(USERNAME, PASSWORD);
        users.addRole(USERNAME, "all");
        server = new EmbeddedActiveMQ()
                .setConfiguration(configuration)
                .setSecurityManager(new ActiveMQJAASSecurityManager(InVMLoginModule.class.getName(), users));
        server.start();
    }

    /** Stops it; what it has accepted is in the journal. */
    public void stop() throws Exception {
        server.stop();
    }

    public int port() {
        return port;
    }

    /** Messages in the queue {@code exports}. */
    public long messages() {
        return server.getActiveMQServer()
                .locateQueue(SimpleString.of("exports"))
                .getMessageCount();
    }

    /**
     * Takes all messages out of the queue {@code exports}. The broker's own count is not exact while it sends.
     *
     * @param expected for so many it waits; for more only a moment
     */
    public List<Message> drain(int expected) throws Exception {
        List<Message> messages = new ArrayList<>();
        try (ActiveMQConnectionFactory factory = new ActiveMQConnectionFactory("tcp://127.0.0.1:" + port);
                var connection = factory.createConnection(USERNAME, PASSWORD);
                Session session = connection.createSession(Session.AUTO_ACKNOWLEDGE)) {
            connection.start();
            MessageConsumer consumer = session.createConsumer(session.createQueue("exports"));
            Message message = next(consumer, expected > 0);
            while (message != null) {
                messages.add(message);
                message = next(consumer, messages.size() < expected);
            }
        }
        return messages;
    }

    private static Message next(MessageConsumer consumer, boolean isExpected) throws JMSException {
        return consumer.receive((isExpected ? PATIENCE : MOMENT).toMillis());
    }

    @Override
    public void close() throws Exception {
        stop();
    }
}
