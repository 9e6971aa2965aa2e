package org.exportrelay.cli;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Inject;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import org.apache.camel.CamelContext;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.RouteReloadMode;
import org.exportrelay.console.ConsoleServer;
import org.exportrelay.log.LogEvent;
import org.exportrelay.routes.RouteConfirmation;
import org.exportrelay.routes.RouteFiles;
import org.exportrelay.routes.RouteHistory;
import org.exportrelay.routes.RouteReload;
import org.jboss.logging.Logger;

/** The relay until a signal ends it. */
@Singleton
public class RunApplication implements QuarkusApplication {

    private static final Logger LOG = Logger.getLogger("org.exportrelay");

    private final RelaySettings settings;
    private final CamelContext context;
    private final RelayRoutes routes;
    private final RouteHistory history;
    private final ConsoleServer console;
    private final Provider<RouteConfirmation> confirmation;

    @Inject
    RunApplication(
            RelaySettings settings,
            CamelContext context,
            RelayRoutes routes,
            RouteHistory history,
            ConsoleServer console,
            Provider<RouteConfirmation> confirmation) {
        this.settings = settings;
        this.context = context;
        this.routes = routes;
        this.history = history;
        this.console = console;
        this.confirmation = confirmation;
    }

    @Override
    public int run(String... args) {
        console.prepare();
        try (RouteReload reload =
                new RouteReload(context, RouteFiles.inWorkingDirectory(), settings.shutdownTimeout())) {
            reload.recordIn(history);
            if (settings.routes().reload() == RouteReloadMode.CONFIRM) {
                reload.confirmWith(confirmation::get);
            }
            routes.start();
            console.start();
            if (settings.routes().reload() != RouteReloadMode.OFF) {
                reload.start();
            }
            Quarkus.waitForExit();
        }
        return RelayProcess.DELIVERED;
    }

    /** The container ends after Camel has stopped and before the log closes. */
    @PreDestroy
    void logEnd() {
        LogEvent.RELAY_STOPPED.on(LOG).info("Export Relay stopped");
    }
}
