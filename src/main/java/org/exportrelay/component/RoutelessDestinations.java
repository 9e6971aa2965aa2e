package org.exportrelay.component;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.exportrelay.config.Counts;
import org.exportrelay.delivery.Destination;
import org.exportrelay.ledger.DestinationRegistry;
import org.exportrelay.ledger.DestinationSummaries;
import org.exportrelay.ledger.DestinationSummary;
import org.exportrelay.log.LogEvent;
import org.exportrelay.log.LogField;
import org.exportrelay.runtime.MaintenanceStep;
import org.jboss.logging.Logger;

/** Reports after a start which destinations have no route here that is started; their deliveries wait. For one thread. */
@Singleton
class RoutelessDestinations implements MaintenanceStep {

    private static final Logger LOG = Logger.getLogger(RoutelessDestinations.class);

    private final CamelContext context;
    private final DestinationRegistry destinations;
    private final DestinationSummaries summaries;
    private boolean isReported;

    @Inject
    RoutelessDestinations(CamelContext context, DestinationRegistry destinations, DestinationSummaries summaries) {
        this.context = context;
        this.destinations = destinations;
        this.summaries = summaries;
    }

    @Override
    public String name() {
        return "report destinations without a route";
    }

    /** Once: a call after one that has succeeded does nothing. */
    @Override
    public void run() {
        if (isReported) {
            return;
        }
        Set<String> started =
                destinations.running().stream().map(Destination::name).collect(Collectors.toSet());
        for (Route route : context.getRoutes()) {
            if (route.getEndpoint() instanceof ExportsEndpoint endpoint
                    && !started.contains(endpoint.getDestination())) {
                destinations.registerUnstarted(endpoint.asDestination());
            }
        }
        summaries.all().stream()
                .filter(destination -> !destination.isRetired() && !started.contains(destination.name()))
                .forEach(RoutelessDestinations::log);
        isReported = true;
    }

    private static void log(DestinationSummary destination) {
        LogEvent.DESTINATION_WITHOUT_ROUTE
                .on(LOG)
                .with(LogField.DESTINATION, destination.name())
                .warnf(
                        "exports:%s: no route here delivers to it; %s, and more are created for new exports; add or start its"
                                + " route, or run 'retire %s' to end them",
                        destination.name(), Counts.waitingDeliveries(destination.waiting()), destination.name());
    }
}
