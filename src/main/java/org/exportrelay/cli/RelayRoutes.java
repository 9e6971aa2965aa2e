package org.exportrelay.cli;

import jakarta.inject.Inject;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.apache.camel.model.BeanDefinition;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.quarkus.core.CamelRuntime;
import org.apache.camel.spi.ShutdownStrategy;
import org.exportrelay.config.Durations;
import org.exportrelay.config.FileNameEncoding;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.Settings;
import org.exportrelay.delivery.Destination;
import org.exportrelay.ledger.DestinationRegistry;
import org.exportrelay.log.LogEvent;
import org.exportrelay.routes.RouteCheck;
import org.exportrelay.routes.RouteFault;
import org.exportrelay.routes.RouteFiles;
import org.exportrelay.routes.RouteHistory;
import org.jboss.logging.Logger;

/** Starts Camel with the operator's routes, or reports by file and line why it cannot. */
@Singleton
public class RelayRoutes {

    private static final Logger LOG = Logger.getLogger("org.exportrelay");

    /** The bean that a polling route drives. */
    private static final String POLL = "poll";

    private final CamelRuntime runtime;
    private final CamelContext context;
    private final DestinationRegistry destinations;
    private final RelaySettings settings;
    private final Provider<RouteHistory> history;

    @Inject
    RelayRoutes(
            CamelRuntime runtime,
            CamelContext context,
            DestinationRegistry destinations,
            RelaySettings settings,
            Provider<RouteHistory> history) {
        this.runtime = runtime;
        this.context = context;
        this.destinations = destinations;
        this.settings = settings;
        this.history = history;
    }

    /**
     * @throws FaultyRoutesException if a route file has a fault; nothing runs then
     */
    void start() {
        FileNameEncoding.warning().ifPresent(LogEvent.SETTINGS_WARNING.on(LOG)::warn);
        Settings.environmentWarning().ifPresent(LogEvent.SETTINGS_WARNING.on(LOG)::warn);
        RouteFiles.inWorkingDirectory().warnings().forEach(LogEvent.ROUTE_WARNING.on(LOG)::warn);
        RouteFiles files = RouteFiles.inWorkingDirectory();
        if (files.list().isEmpty() || !files.structureFaults().isEmpty()) {
            throw new FaultyRoutesException(faults());
        }
        try {
            runtime.start();
        } catch (RuntimeException e) {
            // The check is for finding lines; a start that succeeds does not wait for it.
            List<RouteFault> faults = faults();
            throw faults.isEmpty() ? e : new FaultyRoutesException(faults);
        }
        new RouteCheck(context)
                .warningsAboutRunning(RouteFiles.inWorkingDirectory())
                .forEach(LogEvent.ROUTE_WARNING.on(LOG)::warn);
        history.get().record(files);
        boundStop(context.getShutdownStrategy());
        LogEvent.RELAY_STARTED
                .on(LOG)
                .infof(
                        "Export Relay %s: polling %s every %s, delivering to %s",
                        Version.text(),
                        settings.api().url(),
                        Durations.text(settings.poll().period()),
                        destinations());
    }

    /**
     * Starts, and refuses if no route polls, since then nothing would ever happen.
     *
     * @throws FaultyRoutesException if a route file has a fault, or none polls
     */
    void startWithPoll() {
        start();
        boolean polls = ((ModelCamelContext) context)
                .getRouteDefinitions().stream()
                        .flatMap(route ->
                                ProcessorDefinitionHelper.filterTypeInOutputs(route.getOutputs(), BeanDefinition.class)
                                        .stream())
                        .anyMatch(bean -> POLL.equals(bean.getRef()));
        if (!polls) {
            throw new FaultyRoutesException(List.of(new RouteFault(
                    RouteFiles.inWorkingDirectory().directory(),
                    0,
                    "no route polls the API; put poll-exports.camel.yaml back",
                    true)));
        }
    }

    private void boundStop(ShutdownStrategy strategy) {
        strategy.setTimeUnit(TimeUnit.MILLISECONDS);
        strategy.setTimeout(
                StopDeadline.forDeliveries(settings.shutdownTimeout()).toMillis());
    }

    private List<RouteFault> faults() {
        return new RouteCheck(context).check(RouteFiles.inWorkingDirectory()).stopping();
    }

    private String destinations() {
        String names =
                destinations.running().stream().map(Destination::name).sorted().collect(Collectors.joining(", "));
        return names.isEmpty() ? "no destination (no route begins at exports:)" : names;
    }
}
