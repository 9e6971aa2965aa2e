package org.exportrelay.destinations.jms;

import jakarta.inject.Singleton;
import jakarta.jms.Connection;
import jakarta.jms.JMSException;
import jakarta.jms.Session;
import org.apache.camel.Endpoint;
import org.apache.camel.component.jms.JmsEndpoint;
import org.exportrelay.destinations.EndpointProbe;

/** JMS and AMQP queues: connects, logs in, and opens a producer, for which most brokers check the queue. */
@Singleton
final class QueueProbe implements EndpointProbe {

    @Override
    public boolean knows(Endpoint endpoint) {
        return endpoint instanceof JmsEndpoint;
    }

    @Override
    public String hint() {
        return "check URL, user, password and queue, and that the user may send to it";
    }

    @Override
    public String test(Endpoint endpoint) throws JMSException {
        JmsEndpoint queue = (JmsEndpoint) endpoint;
        try (Connection connection =
                        queue.getConfiguration().getOrCreateConnectionFactory().createConnection();
                Session session = connection.createSession(true, Session.SESSION_TRANSACTED)) {
            session.createProducer(
                            queue.isPubSubDomain()
                                    ? session.createTopic(queue.getDestinationName())
                                    : session.createQueue(queue.getDestinationName()))
                    .close();
            return "logged in; " + queue.getDestinationName() + " can be sent to";
        }
    }
}
