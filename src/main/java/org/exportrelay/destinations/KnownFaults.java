package org.exportrelay.destinations;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.camel.Endpoint;

/**
 * The faults of one kind of destination that a test of a route can cause. Each is an exception as the producer of the
 * endpoint throws it, so that the same classifier decides what follows.
 */
public interface KnownFaults {

    /** Creates the exception of a fault. */
    @FunctionalInterface
    interface Fault {

        /**
         * @param endpoint that is sent to; null for a bean
         * @param target what it refuses, for messages: the URI of the file, or of the endpoint; without options
         */
        Exception at(Endpoint endpoint, String target);
    }

    /** Of its endpoints. */
    Set<String> schemes();

    /** By the name that a test uses. */
    Map<String, Fault> byName();

    /** The names, for messages; also of what {@link #find} accepts beside {@link #byName}. */
    default Collection<String> names() {
        return byName().keySet();
    }

    /** What a name stands for; empty if it is not known. */
    default Optional<Fault> find(String name) {
        return Optional.ofNullable(byName().get(name));
    }
}
