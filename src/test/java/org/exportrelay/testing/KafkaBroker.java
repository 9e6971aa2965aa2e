package org.exportrelay.testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.smallrye.reactive.messaging.kafka.companion.test.EmbeddedKafkaBroker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.apache.kafka.common.security.plain.PlainLoginModule;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.metadata.authorizer.StandardAuthorizer;

/**
 * A Kafka broker in this process, on a free port of 127.0.0.1. Clients without a login may do everything; those that log
 * in as {@link #USER}, on a port of their own, only what {@link #allow} lets them.
 */
public final class KafkaBroker implements AutoCloseable {

    public static final String USER = "relay";
    public static final String PASSWORD = "p+ss&w%2Frd=1";

    private final EmbeddedKafkaBroker broker;

    private KafkaBroker(EmbeddedKafkaBroker broker) {
        this.broker = broker;
    }

    public static KafkaBroker start() {
        EmbeddedKafkaBroker broker = new EmbeddedKafkaBroker()
                .withKafkaHost("127.0.0.1")
                .withDeleteLogDirsOnClose(true)
                .withAdditionalProperties(properties -> {
                    properties.put("auto.create.topics.enable", "false");
                    properties.put("transaction.state.log.num.partitions", "1");
                    properties.put("transaction.max.timeout.ms", "900000");
                    withLogin(properties);
                });
        return new KafkaBroker(broker.start());
    }

    private static void withLogin(Properties properties) {
        properties.merge("listeners", ",SASL_PLAINTEXT://127.0.0.1:" + TcpGate.freePort(), (a, b) -> a + "" + b);
        properties.merge("listener.security.protocol.map", ",SASL_PLAINTEXT:SASL_PLAINTEXT", (a, b) -> a + "" + b);
        properties.put("sasl.enabled.mechanisms", "PLAIN");
        properties.put(
                "listener.name.sasl_plaintext.plain.sasl.jaas.config",
                PlainLoginModule.class.getName() + " required user_" + USER + "=\"" + PASSWORD + "\";");
        properties.put("authorizer.class.name", StandardAuthorizer.class.getName());
        properties.put("super.users", "User:ANONYMOUS");
    }

    /** For clients without a login. */
    public String servers() {
        return listener("PLAINTEXT");
    }

    /** For clients that log in. */
    public String serversWithLogin() {
        return listener("SASL_PLAINTEXT");
    }

    private String listener(String name) {
        Matcher listener = Pattern.compile("(?:^|,)" + name + "://([^,]+)").matcher(broker.getAdvertisedListeners());
        if (!listener.find()) {
            throw new IllegalStateException("no listener " + name + " in " + broker.getAdvertisedListeners());
        }
        return listener.group(1);
    }

    /** What a client sets as {@code sasl.jaas.config} to log in. */
    public static String jaasConfig(String password) {
        return PlainLoginModule.class.getName() + " required username=\"" + USER + "\" password=\"" + password + "\";";
    }

    /** Lets the user do something with everything whose name begins so. */
    public void allow(ResourceType type, String prefix, AclOperation... operations) {
        ResourcePattern all = new ResourcePattern(type, prefix, PatternType.PREFIXED);
        List<AclBinding> bindings = Stream.of(operations)
                .map(operation -> new AclBinding(
                        all, new AccessControlEntry("User:" + USER, "*", operation, AclPermissionType.ALLOW)))
                .toList();
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", (Object) servers()))) {
            admin.createAcls(bindings).all().get();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    public void createTopic(String name, int partitions) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", (Object) servers()))) {
            admin.createTopics(List.of(new NewTopic(name, partitions, (short) 1)))
                    .all()
                    .get();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** What a consumer with {@code read_committed} sees of a topic now. */
    public List<ConsumerRecord<String, String>> committed(String topic) {
        List<ConsumerRecord<String, String>> records = new ArrayList<>();
        readCommitted(topic, records::add);
        return records;
    }

    /** Reads them one after the other, for topics that are too large for a list. */
    public void readCommitted(String topic, Consumer<ConsumerRecord<String, String>> reader) {
        try (KafkaConsumer<String, String> consumer = consumer("read_committed")) {
            List<TopicPartition> partitions = partitions(consumer, topic);
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
                consumer.poll(Duration.ofMillis(100)).forEach(reader);
            }
        }
    }

    /** How many messages a topic has, those of open and aborted transactions and the markers included. */
    public long written(String topic) {
        try (KafkaConsumer<String, String> consumer = consumer("read_uncommitted")) {
            List<TopicPartition> partitions = partitions(consumer, topic);
            return consumer.endOffsets(partitions).values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
        }
    }

    private static List<TopicPartition> partitions(KafkaConsumer<?, ?> consumer, String topic) {
        return consumer.partitionsFor(topic).stream()
                .map(info -> new TopicPartition(topic, info.partition()))
                .toList();
    }

    /** The headers of a message, as text. */
    public static Map<String, String> headers(ConsumerRecord<?, ?> message) {
        return java.util.stream.StreamSupport.stream(message.headers().spliterator(), false)
                .collect(Collectors.toMap(header -> header.key(), header -> new String(header.value(), UTF_8)));
    }

    private KafkaConsumer<String, String> consumer(String isolation) {
        return new KafkaConsumer<>(
                Map.of(
                        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                        servers(),
                        ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                        isolation),
                new StringDeserializer(),
                new StringDeserializer());
    }

    @Override
    public void close() {
        broker.close();
    }
}
