package org.exportrelay.destinations;

import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.camel.RuntimeCamelException;

/** The faults of a connection, and of any endpoint that no other class knows. */
public final class NetworkFaults implements KnownFaults {

    private static final Map<String, Fault> FAULTS = Map.of(
            "connection refused", (endpoint, target) -> refused(),
            "connection reset", (endpoint, target) -> new SocketException("Connection reset"),
            "timeout", (endpoint, target) -> new SocketTimeoutException("Read timed out"),
            "unknown host", (endpoint, target) -> new UnknownHostException(host(target)),
            "failure",
                    (endpoint, target) ->
                            new RuntimeCamelException(target + " failed, as the test of the route wants"));

    /** Those of a connection, and others. */
    public static Map<String, Fault> and(Map<String, Fault> others) {
        Map<String, Fault> all = new HashMap<>(FAULTS);
        all.remove("failure");
        all.putAll(others);
        return Map.copyOf(all);
    }

    /** What the operating system reports where nothing listens. */
    public static ConnectException refused() {
        return new ConnectException("Connection refused");
    }

    private static String host(String uri) {
        return uri.replaceFirst("^[^/]*//", "").replaceFirst("[:/].*", "");
    }

    @Override
    public Set<String> schemes() {
        return Set.of();
    }

    @Override
    public Map<String, Fault> byName() {
        return FAULTS;
    }
}
