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

    private static final Logger LOG = Logger.getLogger(StreamClients.class);
    private static final int MOST = 100;
    /** Of a client that does not read. */
    private static final int QUEUE_BYTES = 1024 * 1024;

    private final Vertx vertx;
    private final Duration period;
    private final Runnable read;
    private final Set<StreamClient> clients = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean reading = new AtomicBoolean();
    private long timer;
    private boolean ticks;

    /**
     * @param read sends to all; may block; called by one thread at a time
     */
    StreamClients(Vertx vertx, Duration period, Runnable read) {
        this.vertx = vertx;
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
        StreamClient client = new StreamClient(response, position);
        added.accept(client);
        response.closeHandler(closed -> remove(client, removed));
        response.exceptionHandler(failure -> remove(client, removed));
        response.write(": Export Relay\n\n");
        add(client);
        if (response.closed()) {
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
