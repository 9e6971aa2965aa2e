package org.exportrelay.destinations.kafka;

import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.apache.camel.Endpoint;
import org.apache.camel.component.kafka.KafkaEndpoint;
import org.apache.camel.support.service.ServiceHelper;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.exportrelay.destinations.EndpointProbe;

/** Kafka topics: connects, logs in and describes the topic. A message could not be removed again, so none is sent. */
@Singleton
final class KafkaProbe implements EndpointProbe {

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

    @Override
    public boolean knows(Endpoint endpoint) {
        return endpoint instanceof KafkaEndpoint || endpoint instanceof KafkaRecordsEndpoint;
    }

    @Override
    public String hint() {
        return "check brokers, security settings and topic, and that the topic exists";
    }

    @Override
    public String test(Endpoint endpoint) throws Exception {
        KafkaEndpoint kafka =
                endpoint instanceof KafkaRecordsEndpoint records ? records.connection() : (KafkaEndpoint) endpoint;
        // Its client factory exists once it is initialised, and check starts nothing.
        ServiceHelper.initService(kafka.getComponent());
        String topic = kafka.getConfiguration().getTopic();
        try (Admin admin = new KafkaClients(kafka).admin(LONGEST_WAIT)) {
            TopicDescription description =
                    admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
            return "connected; topic " + topic + " has "
                    + description.partitions().size() + " partitions";
        } catch (ExecutionException e) {
            throw e.getCause() instanceof Exception cause ? cause : e;
        }
    }
}
