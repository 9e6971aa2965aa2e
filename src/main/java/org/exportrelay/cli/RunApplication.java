package org.exportrelay.cli;

import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.QuarkusApplication;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/** The relay until a signal ends it. */
@Singleton
public class RunApplication implements QuarkusApplication {

    private final RelayRoutes routes;

    @Inject
    RunApplication(RelayRoutes routes) {
        this.routes = routes;
    }

    @Override
    public int run(String... args) {
        routes.start();
        Quarkus.waitForExit();
        return RelayProcess.DELIVERED;
    }
}
