package org.exportrelay.destinations.kafka;

import jakarta.inject.Singleton;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.camel.Endpoint;
import org.apache.camel.component.kafka.KafkaEndpoint;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.TopicDescription;
import org.exportrelay.destinations.EndpointProbe;

/** Kafka topics: connects, logs in, and asks for the topic. A message could not be removed again, so none is sent. */
@Singleton
final class KafkaProbe implements EndpointProbe {

    private static final int PATIENCE_MILLIS = 10_000;

    @Override
    public boolean knows(Endpoint endpoint) {
        return endpoint instanceof KafkaEndpoint || endpoint instanceof KafkaRecordsEndpoint;
    }

    @Override
    public String hint() {
        return "see that brokers, security settings and topic are right, and that the topic exists";
    }

    @Override
    public String test(Endpoint endpoint) throws Exception {
        KafkaEndpoint kafka =
                endpoint instanceof KafkaRecordsEndpoint records ? records.connection() : (KafkaEndpoint) endpoint;
        String topic = kafka.getConfiguration().getTopic();
        Properties properties = kafka.getConfiguration().createProducerProperties();
        properties.put(
                AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG,
                kafka.getConfiguration().getBrokers());
        properties.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, PATIENCE_MILLIS);
        properties.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, PATIENCE_MILLIS);
        try (Admin admin = Admin.create(properties)) {
            TopicDescription description =
                    admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
            return "connected; topic " + topic + " has "
                    + description.partitions().size() + " partitions";
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }
}
