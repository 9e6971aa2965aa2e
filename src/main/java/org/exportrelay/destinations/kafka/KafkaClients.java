package org.exportrelay.destinations.kafka;

import io.quarkus.runtime.util.ExceptionUtil;
import java.time.Duration;
import java.util.Properties;
import java.util.function.Supplier;
import net.jpountz.lz4.LZ4Factory;
import org.apache.camel.component.kafka.KafkaClientFactory;
import org.apache.camel.component.kafka.KafkaConfiguration;
import org.apache.camel.component.kafka.KafkaEndpoint;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jboss.logging.Logger;

/** Clients with the connection, security and tuning of a {@code kafka:} endpoint. Thread-safe. */
final class KafkaClients {

    private static final Logger LOG = Logger.getLogger(KafkaClients.class);

    /** Longest transaction. A broker allows 15 minutes by default. */
    private static final Duration TRANSACTION_TIMEOUT = Duration.ofMinutes(10);

    static {
        loadNativeLz4();
    }

    private final KafkaEndpoint endpoint;

    KafkaClients(KafkaEndpoint endpoint) {
        this.endpoint = endpoint;
    }

    /**
     * A producer whose transactions belong to one delivery. Since its transactional id is that of the delivery, the
     * next attempt fences the last one, in whichever process that ran, and deliveries never fence each other.
     */
    @SuppressWarnings("unchecked")
    Producer<byte[], byte[]> producerFor(String deliveryId) {
        KafkaConfiguration configuration = endpoint.getConfiguration();
        Properties properties = connection();
        properties.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, configuration.getTransactionalId() + "." + deliveryId);
        properties.putIfAbsent(
                ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, Math.toIntExact(TRANSACTION_TIMEOUT.toMillis()));
        properties.put(ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        properties.put(ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG, ByteArraySerializer.class);
        return created(() -> factory().getProducer(properties));
    }

    /**
     * Twice as fast as the Java one, which LZ4 falls back to under any class loader but the system's unless the native
     * one has been loaded before.
     */
    private static void loadNativeLz4() {
        try {
            LZ4Factory.nativeInstance();
        } catch (LinkageError e) {
            LOG.debug("no native LZ4 for this system; using the Java one", e);
        }
    }

    /** A consumer that reads committed messages, belongs to no group and commits no offset. */
    @SuppressWarnings("unchecked")
    Consumer<byte[], byte[]> committedReader() {
        Properties properties = endpoint.getConfiguration().createConsumerProperties();
        endpoint.updateClassProperties(properties);
        properties.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, brokers());
        properties.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        properties.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        properties.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        properties.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        properties.remove(ConsumerConfig.GROUP_ID_CONFIG);
        properties.put(ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        properties.put(ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG, ByteArrayDeserializer.class);
        return created(() -> factory().getConsumer(properties));
    }

    Admin admin() {
        return created(() -> Admin.create(connection()));
    }

    /**
     * @param longestWait for an answer, instead of what the endpoint says
     */
    Admin admin(Duration longestWait) {
        Properties properties = connection();
        int millis = Math.toIntExact(longestWait.toMillis());
        properties.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, millis);
        properties.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, millis);
        return created(() -> Admin.create(properties));
    }

    /** Kafka quotes the part of a login configuration that it cannot read, which may be part of a password. */
    private static <T> T created(Supplier<T> client) {
        try {
            return client.get();
        } catch (KafkaException e) {
            if (String.valueOf(ExceptionUtil.getRootCause(e).getMessage()).contains("JAAS")) {
                throw new ConfigException("saslJaasConfig cannot be read; check its quotes and the ';' at its end");
            }
            throw e;
        }
    }

    private Properties connection() {
        Properties properties = endpoint.getConfiguration().createProducerProperties();
        endpoint.updateClassProperties(properties);
        properties.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, brokers());
        return properties;
    }

    private String brokers() {
        return factory().getBrokers(endpoint.getConfiguration());
    }

    private KafkaClientFactory factory() {
        return endpoint.getComponent().getKafkaClientFactory();
    }
}
