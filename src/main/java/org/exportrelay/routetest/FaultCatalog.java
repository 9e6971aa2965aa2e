package org.exportrelay.routetest;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.exportrelay.destinations.KnownFaults;
import org.exportrelay.destinations.KnownFaults.Fault;
import org.exportrelay.destinations.NetworkFaults;

/** The faults that a test can cause, by the scheme of the endpoint. */
final class FaultCatalog {

    private final List<KnownFaults> known;

    FaultCatalog(List<KnownFaults> known) {
        this.known = List.copyOf(known);
    }

    /**
     * What a name stands for at an endpoint.
     *
     * @param scheme of the endpoint
     */
    Optional<Fault> find(String scheme, String name) {
        return of(scheme).find(name);
    }

    /** Whether there is such a fault at some endpoint of a pattern. */
    boolean isKnown(EndpointPattern pattern, String name) {
        return pattern.scheme().isEmpty()
                ? known.stream().anyMatch(faults -> faults.find(name).isPresent())
                : find(pattern.scheme(), name).isPresent();
    }

    /** The names that a test can use for the endpoints of a pattern. */
    Collection<String> names(EndpointPattern pattern) {
        if (!pattern.scheme().isEmpty()) {
            return new TreeSet<>(of(pattern.scheme()).names());
        }
        Collection<String> names = new TreeSet<>();
        known.forEach(faults -> names.addAll(faults.names()));
        return names;
    }

    private KnownFaults of(String scheme) {
        return known.stream()
                .filter(faults -> faults.schemes().contains(scheme))
                .findFirst()
                .orElseGet(NetworkFaults::new);
    }
}
