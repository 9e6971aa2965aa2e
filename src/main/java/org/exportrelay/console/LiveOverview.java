package org.exportrelay.console;

import io.vertx.core.Vertx;
import io.vertx.ext.web.RoutingContext;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Sends the overview again when it has changed. It is read and rendered once for all browsers that show it, and not at all
 * while none does. Thread-safe.
 */
@Singleton
final class LiveOverview {

    private static final Duration PERIOD = Duration.ofSeconds(2);

    private final OverviewPages pages;
    private final PageRenderer renderer;
    private final StreamClients clients;
    private String latest = "";
    private long version;

    @Inject
    LiveOverview(Vertx vertx, OverviewPages pages, PageRenderer renderer) {
        this.pages = pages;
        this.renderer = renderer;
        this.clients = new StreamClients(vertx, StreamClients.LIFETIME, PERIOD, this::read);
    }

    void open(RoutingContext context) {
        new Parameters(context.queryParams(), Set.of());
        clients.open(context, 0, client -> {}, client -> {});
    }

    /** By one thread at a time. */
    private void read() {
        Map<String, Object> values = pages.overview();
        // Each page has its own.
        values.put("token", "-");
        String now = event(renderer.render("live.html", values));
        if (!now.equals(latest)) {
            latest = now;
            version++;
        }
        for (StreamClient client : clients.all()) {
            client.send(client.position() == version ? "" : latest);
            client.movedTo(version);
        }
    }

    private static String event(String html) {
        return html.lines()
                .filter(line -> !line.isBlank())
                .map(line -> "data: " + line)
                .collect(Collectors.joining("\n", "event: page\n", "\n\n"));
    }

    @PreDestroy
    void close() {
        clients.close();
    }
}
