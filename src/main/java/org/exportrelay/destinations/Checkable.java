package org.exportrelay.destinations;

import java.util.Optional;

/** A bean of a route file that reaches a server by itself, and so has to try it by itself. */
public interface Checkable {

    /** What it reaches, such as {@code s3:exports}; no secret. */
    String target();

    /** The header that names what it writes, such as {@code CamelAwsS3Key}; empty if nothing there has a name. */
    default Optional<String> nameHeader() {
        return Optional.empty();
    }

    /**
     * As {@link EndpointProbe#test}.
     *
     * @return what worked
     * @throws Exception what did not, in the server's or the client's words
     */
    String test() throws Exception;

    /** What an operator should check if it does not work. */
    String hint();
}
