package org.exportrelay.console;

import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.exportrelay.ledger.DestinationSummaries;
import org.exportrelay.ledger.DestinationSummary;
import org.exportrelay.ledger.Event;
import org.exportrelay.ledger.Events;

/**
 * Reports to pages that something has changed, or something of their destinations: then they load themselves again. A few
 * queries of constant time serve all browsers, and none is made while there is no browser. Thread-safe.
 */
@Singleton
final class LiveChanges {

    private static final Duration PERIOD = Duration.ofSeconds(2);
    /** Of new events. After more of them, every page loads itself again. */
    private static final int MOST_EVENTS = 500;
    /** Of a page that has connected for the first time: it may be older than what this process has read. */
    private static final long UNKNOWN = -1;

    private final DestinationSummaries summaries;
    private final Events events;
    private final StreamClients clients;
    /** Whose versions these are: a browser may come from another process. */
    private final String process = UUID.randomUUID().toString();

    private final Map<StreamClient, Set<String>> filters = new ConcurrentHashMap<>();
    private final Map<String, Long> changedAt = new HashMap<>();
    private Map<String, DestinationSummary> latest = Map.of();
    private long lastEvent;
    private long version;
    private long allChangedAt;

    @Inject
    LiveChanges(Vertx vertx, DestinationSummaries summaries, Events events) {
        this.summaries = summaries;
        this.events = events;
        this.clients = new StreamClients(vertx, StreamClients.LIFETIME, PERIOD, this::read);
    }

    /** A browser that connects again learns of the changes since then; any other one loads its page once. */
    void open(RoutingContext context) {
        Parameters query = new Parameters(context.queryParams(), Set.of("destination"));
        Set<String> destinations = Set.copyOf(query.list("destination"));
        clients.open(
                context,
                position(context.request().getHeader("Last-Event-ID")),
                client -> filters.put(client, destinations),
                filters::remove);
    }

    private long position(String lastEventId) {
        return lastEventId != null && lastEventId.matches(process + "-\\d{1,18}")
                ? Long.parseLong(lastEventId.substring(process.length() + 1))
                : UNKNOWN;
    }

    /** By one thread at a time. What changed while there was no client counts as a change. */
    private void read() {
        long end = events.last();
        List<Event> portion = end == lastEvent ? List.of() : events.next(lastEvent, end, MOST_EVENTS);
        lastEvent = end;
        Map<String, DestinationSummary> now = summaries.all().stream()
                .collect(Collectors.toMap(DestinationSummary::name, DestinationSummary::withoutSeenAt));
        version++;
        Stream.concat(now.keySet().stream(), latest.keySet().stream())
                .filter(name -> !latest.containsKey(name) || !latest.get(name).equals(now.get(name)))
                .forEach(this::changed);
        portion.forEach(event -> changed(event.destination()));
        if (portion.size() == MOST_EVENTS) {
            changed(null);
        }
        latest = now;
        for (StreamClient client : clients.all()) {
            Set<String> destinations = filters.get(client);
            if (destinations != null) {
                client.send(changedAt(destinations) > client.position() ? event() : "");
                client.movedTo(version);
            }
        }
    }

    /**
     * @param destination null if it may be any one
     */
    private void changed(String destination) {
        if (destination == null) {
            allChangedAt = version;
        } else {
            changedAt.put(destination, version);
        }
    }

    /**
     * @param destinations empty for all
     */
    private long changedAt(Set<String> destinations) {
        return changedAt.entrySet().stream()
                .filter(entry -> destinations.isEmpty() || destinations.contains(entry.getKey()))
                .mapToLong(Map.Entry::getValue)
                .reduce(allChangedAt, Math::max);
    }

    private String event() {
        return "id: " + process + "-" + version + "\nevent: changed\ndata:\n\n";
    }

    @PreDestroy
    void close() {
        clients.close();
    }
}
