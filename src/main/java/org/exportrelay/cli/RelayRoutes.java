package org.exportrelay.cli;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.apache.camel.quarkus.core.CamelRuntime;
import org.exportrelay.config.Durations;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.ledger.Destination;
import org.exportrelay.ledger.Destinations;
import org.exportrelay.routes.RouteCheck;
import org.exportrelay.routes.RouteFault;
import org.exportrelay.routes.RouteFiles;
import org.jboss.logging.Logger;

/** Starts Camel with the operator's routes, or says file by file and line by line why it cannot. */
@Singleton
public class RelayRoutes {

    private static final Logger LOG = Logger.getLogger("org.exportrelay");

    private final CamelRuntime runtime;
    private final CamelContext context;
    private final Destinations destinations;
    private final RelaySettings settings;

    @Inject
    RelayRoutes(CamelRuntime runtime, CamelContext context, Destinations destinations, RelaySettings settings) {
        this.runtime = runtime;
        this.context = context;
        this.destinations = destinations;
        this.settings = settings;
    }

    /**
     * @throws FaultyRoutesException if a route file has a fault; nothing runs then
     */
    void start() {
        if (RouteFiles.inWorkingDirectory().list().isEmpty()) {
            throw new FaultyRoutesException(faults());
        }
        try {
            runtime.start();
        } catch (RuntimeException e) {
            // The check is for finding lines; a start that succeeds does not wait for it.
            List<RouteFault> faults = faults();
            throw faults.isEmpty() ? e : new FaultyRoutesException(faults);
        }
        LOG.infof(
                "Export Relay %s: polling %s every %s, delivering to %s",
                Version.text(),
                settings.api().url(),
                Durations.text(settings.poll().period()),
                destinations());
    }

    private List<RouteFault> faults() {
        return new RouteCheck(context)
                .check(RouteFiles.inWorkingDirectory()).stream()
                        .filter(RouteFault::stops)
                        .toList();
    }

    private String destinations() {
        String names =
                destinations.running().stream().map(Destination::name).sorted().collect(Collectors.joining(", "));
        return names.isEmpty() ? "no destination (no route begins at exports:)" : names;
    }
}
