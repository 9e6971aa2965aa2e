package org.exportrelay.routes;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a check has found.
 *
 * @param faults and warnings, by file and line
 * @param destinations to which the routes of each file deliver, as far as the file can be understood
 */
public record RouteFindings(List<RouteFault> faults, Map<Path, Set<String>> destinations) {

    /** The faults that keep routes from running. */
    public List<RouteFault> stopping() {
        return faults.stream().filter(RouteFault::stops).toList();
    }

    boolean isFaulty(Path file) {
        return stopping().stream().anyMatch(fault -> fault.file().equals(file));
    }

    Set<String> destinations(Path file) {
        return destinations.getOrDefault(file, Set.of());
    }
}
