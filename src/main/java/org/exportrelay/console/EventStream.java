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
import java.util.concurrent.ConcurrentHashMap;
import org.exportrelay.ledger.Event;
import org.exportrelay.ledger.EventJson;
import org.exportrelay.ledger.Events;

/** Sends events as they happen. One query a second serves all clients. Thread-safe. */
@Singleton
final class EventStream {

    private static final Duration PERIOD = Duration.ofSeconds(1);
    private static final int PORTION = 500;

    private final Events events;
    private final StreamClients clients;
    private final Map<StreamClient, Filter> filters = new ConcurrentHashMap<>();

    @Inject
    EventStream(Vertx vertx, Events events) {
        this.events = events;
        this.clients = new StreamClients(vertx, StreamClients.LIFETIME, PERIOD, this::read);
    }

    /** Answers with all events from now on, or after the one that the client has received last. */
    void open(RoutingContext context) {
        Parameters query = new Parameters(context.queryParams(), Set.of("kind", "destination"));
        Filter filter = new Filter(Set.copyOf(EventOperations.kinds(query)), query.text("destination"));
        long position = position(context.request().getHeader("Last-Event-ID"));
        clients.open(context, position, client -> filters.put(client, filter), filters::remove);
    }

    private long position(String lastEventId) {
        if (lastEventId == null) {
            return events.settled()
                    .orElseThrow(() ->
                            new Problem(503, "the ledger is busy; try again", Map.of("Retry-After", "1")).exception());
        }
        if (!lastEventId.matches("\\d{1,18}")) {
            throw Parameters.wrong("the header Last-Event-ID is not the id of an event");
        }
        return Long.parseLong(lastEventId);
    }

    private void read() {
        events.settled().ifPresent(this::send);
    }

    /** Clients at the same event, as nearly all are, share what is read. */
    private void send(long end) {
        Map<Long, List<Event>> portions = new HashMap<>();
        for (StreamClient client : clients.all()) {
            List<Event> portion = client.position() >= end
                    ? List.of()
                    : portions.computeIfAbsent(client.position(), position -> events.next(position, end, PORTION));
            Filter filter = filters.get(client);
            if (filter != null) {
                client.send(filter.text(portion));
                if (!portion.isEmpty()) {
                    client.movedTo(portion.get(portion.size() - 1).id());
                }
            }
        }
    }

    @PreDestroy
    void close() {
        clients.close();
    }

    /** What a client has asked for. */
    private record Filter(Set<String> kinds, String destination) {

        String text(List<Event> portion) {
            StringBuilder text = new StringBuilder();
            portion.stream().filter(this::isChosen).forEach(event -> text.append("id: ")
                    .append(event.id())
                    .append("\nevent: ")
                    .append(event.kind())
                    .append("\ndata: ")
                    .append(Answer.json(EventJson.columns(event)))
                    .append("\n\n"));
            return text.toString();
        }

        private boolean isChosen(Event event) {
            return (kinds.isEmpty() || kinds.contains(event.kind()))
                    && (destination == null || destination.equals(event.destination()));
        }
    }
}
