package org.exportrelay.console;

import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import org.exportrelay.ledger.DestinationSummaries;
import org.exportrelay.ledger.DestinationSummary;
import org.exportrelay.ledger.Events;

/**
 * Reports to pages that something has changed: then they load themselves again. Two queries of constant time serve all
 * browsers, and none is made while there is no browser. Thread-safe.
 */
@Singleton
final class LiveChanges {

    private static final Duration PERIOD = Duration.ofSeconds(2);
    private static final String CHANGED = "event: changed\ndata:\n\n";

    private final DestinationSummaries summaries;
    private final Events events;
    private final StreamClients clients;
    private State latest = new State(List.of(), OptionalLong.empty());
    private volatile long version;

    @Inject
    LiveChanges(Vertx vertx, DestinationSummaries summaries, Events events) {
        this.summaries = summaries;
        this.events = events;
        this.clients = new StreamClients(vertx, StreamClients.LIFETIME, PERIOD, this::read);
    }

    void open(RoutingContext context) {
        new Parameters(context.queryParams(), Set.of());
        clients.open(context, version, client -> {}, client -> {});
    }

    /** By one thread at a time. What changed while there was no client counts as a change: a page may be older. */
    private void read() {
        State now = new State(summaries.all(), events.settled());
        if (!now.equals(latest)) {
            latest = now;
            version++;
        }
        for (StreamClient client : clients.all()) {
            client.send(client.position() == version ? "" : CHANGED);
            client.movedTo(version);
        }
    }

    @PreDestroy
    void close() {
        clients.close();
    }

    private record State(List<DestinationSummary> destinations, OptionalLong lastEvent) {}
}
