package org.exportrelay.console;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.exportrelay.ledger.Event;
import org.exportrelay.ledger.EventJson;
import org.exportrelay.ledger.Events;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jboss.logging.Logger;

/**
 * Sends events as they happen (server-sent events). One query a second serves all clients, and none runs while there is no
 * client. Thread-safe.
 */
@Singleton
final class EventStream {

    private static final Logger LOG = Logger.getLogger(EventStream.class);
    private static final Duration PERIOD = Duration.ofSeconds(1);
    /** Without events, so that proxies and clients know that the connection lives. */
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(15);
    /** Then the client connects again, and is checked again: its user may be gone. */
    private static final Duration LONGEST = Duration.ofMinutes(15);

    private static final int MOST_CLIENTS = 100;
    private static final int PORTION = 500;
    /** Of a client that does not read. */
    private static final int QUEUE_BYTES = 1024 * 1024;

    private final Vertx vertx;
    private final Events events;
    private final Set<Client> clients = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean reading = new AtomicBoolean();
    private long timer;
    private boolean ticks;

    @Inject
    EventStream(Vertx vertx, Events events) {
        this.vertx = vertx;
        this.events = events;
    }

    /** Answers with all events from now on, or after the one that the client has received last. */
    void open(RoutingContext context) {
        Parameters query = new Parameters(context.queryParams(), Set.of("kind", "destination"));
        Set<String> kinds = Set.copyOf(EventOperations.kinds(query));
        String destination = query.text("destination");
        long position = position(context.request().getHeader("Last-Event-ID"));
        if (clients.size() >= MOST_CLIENTS) {
            throw new Problem(
                            503,
                            "the relay serves " + MOST_CLIENTS + " streams already; close one",
                            Map.of("Retry-After", "60"))
                    .exception();
        }
        HttpServerResponse response = context.response()
                .setChunked(true)
                .setWriteQueueMaxSize(QUEUE_BYTES)
                .putHeader("Content-Type", "text/event-stream; charset=utf-8");
        Client client = new Client(response, kinds, destination, position);
        response.closeHandler(closed -> remove(client));
        response.exceptionHandler(failure -> remove(client));
        response.write(": events of Export Relay\n\n");
        add(client);
    }

    private long position(String lastEventId) {
        if (lastEventId != null) {
            if (!lastEventId.matches("\\d{1,18}")) {
                throw new Problem(400, "the header Last-Event-ID is not the id of an event").exception();
            }
            return Long.parseLong(lastEventId);
        }
        return events.settled()
                .orElseThrow(() ->
                        new Problem(503, "the ledger is busy; try again", Map.of("Retry-After", "1")).exception());
    }

    private synchronized void add(Client client) {
        clients.add(client);
        if (client.response.closed()) {
            clients.remove(client);
        } else if (!ticks) {
            ticks = true;
            timer = vertx.setPeriodic(PERIOD.toMillis(), tick -> readInBackground());
        }
    }

    private synchronized void remove(Client client) {
        clients.remove(client);
        if (clients.isEmpty() && ticks) {
            ticks = false;
            vertx.cancelTimer(timer);
        }
    }

    /** The timer's thread must not wait for the database. */
    private void readInBackground() {
        if (reading.compareAndSet(false, true)) {
            vertx.executeBlocking(this::read, false).onComplete(done -> reading.set(false));
        }
    }

    private Void read() {
        try {
            OptionalLong settled = events.settled();
            if (settled.isPresent()) {
                send(settled.getAsLong());
            }
        } catch (RuntimeException e) {
            // The clients keep their positions, and the health checks report it.
            LOG.debug("events could not be read" + (LedgerDatabase.isFault(e) ? " from the ledger" : ""), e);
        }
        return null;
    }

    /** Clients at the same event, as nearly all are, share what is read. */
    private void send(long end) {
        Map<Long, List<Event>> portions = new ConcurrentHashMap<>();
        for (Client client : clients) {
            if (client.isOver() || client.response.writeQueueFull()) {
                client.response.end();
                remove(client);
                continue;
            }
            List<Event> portion = client.position >= end
                    ? List.of()
                    : portions.computeIfAbsent(client.position, position -> events.next(position, end, PORTION));
            client.send(portion);
        }
    }

    @PreDestroy
    void close() {
        clients.forEach(client -> client.response.end());
    }

    private static final class Client {

        private final HttpServerResponse response;
        private final Set<String> kinds;
        private final String destination;
        private final long startedAt = System.nanoTime();
        /** Of one thread at a time: only one reads. */
        private volatile long position;

        private volatile long sentAt = startedAt;

        Client(HttpServerResponse response, Set<String> kinds, String destination, long position) {
            this.response = response;
            this.kinds = kinds;
            this.destination = destination;
            this.position = position;
        }

        boolean isOver() {
            return System.nanoTime() - startedAt > LONGEST.toNanos();
        }

        void send(List<Event> portion) {
            StringBuilder text = new StringBuilder();
            for (Event event : portion) {
                position = event.id();
                if ((kinds.isEmpty() || kinds.contains(event.kind()))
                        && (destination == null || destination.equals(event.destination()))) {
                    text.append("id: ")
                            .append(event.id())
                            .append("\nevent: ")
                            .append(event.kind())
                            .append("\ndata: ")
                            .append(Answer.json(EventJson.columns(event)))
                            .append("\n\n");
                }
            }
            if (text.isEmpty() && System.nanoTime() - sentAt > KEEP_ALIVE.toNanos()) {
                text.append(":\n\n");
            }
            if (!text.isEmpty()) {
                sentAt = System.nanoTime();
                response.write(text.toString());
            }
        }
    }
}
