package org.exportrelay.console;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jboss.logging.Logger;

/**
 * The clients of a stream of server-sent events. What they receive is read periodically, once for all of them, and not at all
 * while there is none. Thread-safe.
 */
final class StreamClients {

    /** Then the client connects again, and is checked again: its user may be gone. */
    static final Duration LIFETIME = Duration.ofMinutes(15);

    private static final Logger LOG = Logger.getLogger(StreamClients.class);
    private static final int MOST = 100;
    /** Of a client that does not read. */
    private static final int QUEUE_BYTES = 1024 * 1024;

    private final Vertx vertx;
    private final Duration lifetime;
    private final Duration period;
    private final Runnable read;
    private final Set<StreamClient> clients = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean reading = new AtomicBoolean();
    private long timer;
    private boolean ticks;

    /**
     * @param lifetime of a stream; its client then connects again
     * @param period from one read to the next
     * @param read sends to all; may block; called by one thread at a time
     */
    StreamClients(Vertx vertx, Duration lifetime, Duration period, Runnable read) {
        this.vertx = vertx;
        this.lifetime = lifetime;
        this.period = period;
        this.read = read;
    }

    /**
     * Answers a request with a stream.
     *
     * @param position of what the client has
     * @param added called with the client before it receives anything
     * @param removed called when it is gone
     */
    void open(RoutingContext context, long position, Consumer<StreamClient> added, Consumer<StreamClient> removed) {
        if (clients.size() >= MOST) {
            throw new Problem(
                            503,
                            "the relay serves " + MOST + " streams already; close one",
                            Map.of("Retry-After", "60"))
                    .exception();
        }
        HttpServerResponse response = context.response()
                .setChunked(true)
                .setWriteQueueMaxSize(QUEUE_BYTES)
                .putHeader("Content-Type", "text/event-stream; charset=utf-8");
        StreamClient client = new StreamClient(response, lifetime, position);
        added.accept(client);
        // On HTTP/1.x, a response that the relay has ended is not closed: this covers both, and failures.
        context.addEndHandler(ended -> remove(client, removed));
        response.write(": Export Relay\n\n");
        add(client);
        if (client.isGone()) {
            remove(client, removed);
        }
    }

    private synchronized void add(StreamClient client) {
        clients.add(client);
        if (!ticks) {
            ticks = true;
            timer = vertx.setPeriodic(period.toMillis(), tick -> readInBackground());
        }
    }

    private synchronized void remove(StreamClient client, Consumer<StreamClient> removed) {
        clients.remove(client);
        removed.accept(client);
        if (clients.isEmpty() && ticks) {
            ticks = false;
            vertx.cancelTimer(timer);
        }
    }

    /** The timer's thread must not wait for the database. */
    private void readInBackground() {
        if (reading.compareAndSet(false, true)) {
            vertx.executeBlocking(
                            () -> {
                                tick();
                                return null;
                            },
                            false)
                    .onComplete(done -> reading.set(false));
        }
    }

    private void tick() {
        clients.stream().filter(StreamClient::isOver).forEach(StreamClient::end);
        try {
            read.run();
        } catch (RuntimeException e) {
            // The clients keep their positions, and the health checks report it.
            LOG.debug("a stream could not be read" + (LedgerDatabase.isFault(e) ? " from the ledger" : ""), e);
        }
    }

    /** Those that can be sent to. */
    Iterable<StreamClient> all() {
        return clients.stream().filter(client -> !client.isOver()).toList();
    }

    void close() {
        clients.forEach(StreamClient::end);
    }
}
