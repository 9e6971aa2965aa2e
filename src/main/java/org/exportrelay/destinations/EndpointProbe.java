package org.exportrelay.destinations;

import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Producer;

/** Tries for real whether one kind of endpoint works, and leaves nothing behind. Thread-safe. */
public interface EndpointProbe {

    /** Whether this is the kind of endpoint that it knows. */
    boolean knows(Endpoint endpoint);

    /**
     * Connects and logs in; where that is harmless, also writes something and removes it.
     *
     * @param endpoint one that it knows; not started
     * @return what worked, such as {@code logged in, wrote and removed a file}
     * @throws Exception what did not, in the server's or the client's words
     */
    String test(Endpoint endpoint) throws Exception;

    /** What an operator should check if it does not work and the failure does not say so. */
    String hint();

    /**
     * Sends an exchange through a producer of its own.
     *
     * @throws Exception what the producer threw, or left in the exchange
     */
    static void send(Exchange exchange, Endpoint endpoint) throws Exception {
        Producer producer = endpoint.createProducer();
        producer.start();
        try {
            producer.process(exchange);
        } finally {
            producer.stop();
        }
        if (exchange.getException() != null) {
            throw exchange.getException();
        }
    }
}
