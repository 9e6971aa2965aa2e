package org.exportrelay.component;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.apache.camel.CamelContext;

/** The routes of this process that begin at {@code export-events:}. Thread-safe. */
@Singleton
public class EventRoutes {

    private final CamelContext context;

    @Inject
    EventRoutes(CamelContext context) {
        this.context = context;
    }

    /**
     * Whether one of them has events to handle now. Not those of a digest that is not due, nor those that wait for the next
     * attempt after a failure: the ledger keeps them for the next start.
     */
    public boolean areBehind() {
        return context.getRoutes().stream()
                .anyMatch(route -> route.getConsumer() instanceof ExportEventsConsumer consumer && consumer.isBehind());
    }
}
