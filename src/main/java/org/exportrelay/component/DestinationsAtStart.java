package org.exportrelay.component;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.exportrelay.config.Counts;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.OutageNotice;
import org.exportrelay.delivery.OutageNotice.Kind;
import org.exportrelay.ledger.DestinationRegistry;
import org.exportrelay.ledger.DestinationSummaries;
import org.exportrelay.ledger.DestinationSummary;
import org.exportrelay.ledger.Progress;
import org.exportrelay.log.LogEvent;
import org.exportrelay.log.LogField;
import org.exportrelay.runtime.MaintenanceStep;
import org.jboss.logging.Logger;

/**
 * Logs after a start which destinations have no route here that is started, and which are down: their deliveries wait. For
 * one thread.
 */
@Singleton
class DestinationsAtStart implements MaintenanceStep {

    private static final Logger LOG = Logger.getLogger(DestinationsAtStart.class);

    private final CamelContext context;
    private final DestinationRegistry destinations;
    private final DestinationSummaries summaries;
    private final Progress progress;
    private boolean isReported;

    @Inject
    DestinationsAtStart(
            CamelContext context, DestinationRegistry destinations, DestinationSummaries summaries, Progress progress) {
        this.context = context;
        this.destinations = destinations;
        this.summaries = summaries;
        this.progress = progress;
    }

    @Override
    public String name() {
        return "report destinations at the start";
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
        for (DestinationSummary destination : summaries.all()) {
            if (started.contains(destination.name())) {
                logIfDown(destination);
            } else if (!destination.isRetired()) {
                logWithoutRoute(destination);
            }
        }
        isReported = true;
    }

    /** What holds a destination is logged when it is first seen. */
    private void logIfDown(DestinationSummary destination) {
        Instant now = progress.now();
        destination
                .state()
                .outage()
                .filter(outage -> destination.state().hold().isEmpty())
                .ifPresent(outage -> new OutageNotice(
                                Kind.STILL_DOWN,
                                destination.name(),
                                Duration.between(outage.since(), now),
                                outage.reason(),
                                destination.waiting(),
                                Duration.between(now, outage.nextProbe()))
                        .log(LOG));
    }

    private static void logWithoutRoute(DestinationSummary destination) {
        LogEvent.DESTINATION_WITHOUT_ROUTE
                .on(LOG)
                .with(LogField.DESTINATION, destination.name())
                .warnf(
                        "exports:%s: no route here delivers to it; %s, and more are created for new exports; add or start its"
                                + " route, or run 'retire %s' to end them",
                        destination.name(), Counts.waitingDeliveries(destination.waiting()), destination.name());
    }
}
