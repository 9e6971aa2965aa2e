package org.exportrelay.component;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.ledger.Event;
import org.exportrelay.ledger.EventKind;

/**
 * Which events a route wants.
 *
 * @param kinds as the ledger writes them; empty for all
 * @param destination null for all events, also for those that concern no destination
 */
record EventFilter(Set<String> kinds, NamePattern destination) {

    /**
     * @param kinds comma-separated; null for all
     * @param destination a glob; null for all
     * @throws IllegalArgumentException if there is no such kind
     */
    static EventFilter of(String kinds, String destination) {
        Set<String> wanted = Stream.of(kinds == null ? new String[0] : kinds.split(","))
                .map(String::strip)
                .filter(kind -> !kind.isEmpty())
                .map(kind -> EventKind.of(kind).text())
                .collect(Collectors.toSet());
        return new EventFilter(wanted, destination == null ? null : new NamePattern(destination));
    }

    boolean matches(Event event) {
        return (kinds.isEmpty() || kinds.contains(event.kind()))
                && (destination == null || event.destination() != null && destination.matches(event.destination()));
    }
}
