package org.exportrelay.destinations.jms;

import jakarta.inject.Singleton;
import jakarta.jms.InvalidDestinationException;
import jakarta.jms.JMSException;
import jakarta.jms.JMSSecurityException;
import jakarta.jms.ResourceAllocationException;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.camel.RuntimeCamelException;
import org.exportrelay.destinations.KnownFaults;
import org.exportrelay.destinations.NetworkFaults;

/** The faults of JMS and AMQP brokers. */
@Singleton
public final class QueueFaults implements KnownFaults {

    private static final Map<String, Fault> FAULTS = Map.of(
            "connection refused", (endpoint, target) -> unconnected(),
            "timeout", thrown(() -> new JMSException("Timed out waiting for the acknowledgement of the broker")),
            "login refused", thrown(() -> new JMSSecurityException("Unable to validate user")),
            "permission denied", thrown(() -> new JMSSecurityException("User does not have permission SEND")),
            "no queue", thrown(() -> new InvalidDestinationException("There is no queue with this name")),
            "queue full", thrown(() -> new ResourceAllocationException("The address is full")),
            "message too large", thrown(() -> new JMSException("The message is too large for the broker")));

    private static Exception unconnected() {
        JMSException failure = new JMSException("Failed to create session factory");
        failure.setLinkedException(NetworkFaults.refused());
        failure.initCause(failure.getLinkedException());
        return new RuntimeCamelException(failure);
    }

    private static Fault thrown(Supplier<JMSException> failure) {
        return (endpoint, target) -> new RuntimeCamelException(failure.get());
    }

    @Override
    public Set<String> schemes() {
        return Set.of("jms", "amqp", "activemq", "activemq6");
    }

    @Override
    public Map<String, Fault> byName() {
        return FAULTS;
    }
}
