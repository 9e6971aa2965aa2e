package org.exportrelay.destinations.kafka;

import jakarta.inject.Singleton;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.exportrelay.destinations.KnownFaults;

/** The faults of Kafka. Its client reports brokers that it cannot reach as a timeout. */
@Singleton
public final class KafkaFaults implements KnownFaults {

    private static final Map<String, Fault> FAULTS = Map.of(
            "connection refused",
                    (endpoint, target) -> new TimeoutException(
                            target + ": no broker is reachable, metadata not updated" + " after 60000 ms"),
            "timeout", (endpoint, target) -> new TimeoutException(target + ": not acknowledged within 120000 ms"),
            "login refused",
                    (endpoint, target) ->
                            new SaslAuthenticationException("Authentication failed: Invalid username or password"),
            "permission denied", (endpoint, target) -> new TopicAuthorizationException(Set.of(topic(target))),
            "no topic",
                    (endpoint, target) -> new UnknownTopicOrPartitionException(
                            "This server does not host this topic-partition: " + topic(target)),
            "too few replicas",
                    (endpoint, target) -> new NotEnoughReplicasException(
                            "Messages are rejected since there are fewer in-sync replicas than required."),
            "record too large",
                    (endpoint, target) -> new RecordTooLargeException(
                            "The message is 2097152 bytes when serialized, which is larger than 1048576"));

    private static String topic(String target) {
        return target.replaceFirst("^[\\w-]+:/*", "");
    }

    @Override
    public Set<String> schemes() {
        return Set.of("kafka", "kafka-records");
    }

    @Override
    public Map<String, Fault> byName() {
        return FAULTS;
    }
}
