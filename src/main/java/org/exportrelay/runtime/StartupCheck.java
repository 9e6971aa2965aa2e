package org.exportrelay.runtime;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.apache.camel.CamelContext;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Startup;

/** The routes have been started. */
@Startup
@Singleton
class StartupCheck implements HealthCheck {

    private final CamelContext context;

    @Inject
    StartupCheck(CamelContext context) {
        this.context = context;
    }

    @Override
    public HealthCheckResponse call() {
        return HealthCheckResponse.named("routes")
                .status(context.getStatus().isStarted() || context.isStopping())
                .build();
    }
}
