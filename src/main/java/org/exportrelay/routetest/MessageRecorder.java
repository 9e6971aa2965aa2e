package org.exportrelay.routetest;

import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;

/** Takes the place of the servers behind endpoints and beans. Thread-safe. */
interface MessageRecorder {

    /** Whether it takes the place of a bean that routes call. */
    boolean replaces(String bean);

    /** Whether a message has been accepted under this name. */
    boolean has(String place);

    /**
     * Fails if the server is to refuse a message.
     *
     * @param endpoint null for a bean
     * @param uri as {@link EndpointPattern#plain} has it
     * @param target what a fault names
     */
    void refuse(Endpoint endpoint, String uri, String target) throws Exception;

    /**
     * Accepts a message.
     *
     * @param endpoint null for a bean
     * @param uri as {@link EndpointPattern#plain} has it
     * @param file its name there; null if it has none
     */
    void accept(Endpoint endpoint, String uri, String file, Exchange exchange) throws Exception;
}
