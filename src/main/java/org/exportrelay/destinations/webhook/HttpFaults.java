package org.exportrelay.destinations.webhook;

import jakarta.inject.Singleton;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLHandshakeException;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.exportrelay.destinations.KnownFaults;
import org.exportrelay.destinations.NetworkFaults;

/** The faults of HTTP servers: of the connection, and any status that is not a success. */
@Singleton
public final class HttpFaults implements KnownFaults {

    private static final Pattern STATUS = Pattern.compile("HTTP ([3-5]\\d\\d)");

    private static final Map<String, Fault> FAULTS = NetworkFaults.and(Map.of(
            "no response", (endpoint, target) -> new NoHttpResponseException("The target server failed to respond"),
            "untrusted certificate",
                    (endpoint, target) -> new SSLHandshakeException(
                            "PKIX path building failed: unable to find valid certification path to requested target")));

    @Override
    public Set<String> schemes() {
        return Set.of("http", "https");
    }

    @Override
    public Map<String, Fault> byName() {
        return FAULTS;
    }

    @Override
    public Collection<String> names() {
        List<String> names = new ArrayList<>(FAULTS.keySet());
        names.add("HTTP 300 to HTTP 599");
        return names;
    }

    @Override
    public Optional<Fault> find(String name) {
        Matcher status = STATUS.matcher(name);
        return status.matches()
                ? Optional.of((endpoint, target) -> new HttpOperationFailedException(
                        target, Integer.parseInt(status.group(1)), "", null, Map.of(), ""))
                : Optional.ofNullable(FAULTS.get(name));
    }
}
