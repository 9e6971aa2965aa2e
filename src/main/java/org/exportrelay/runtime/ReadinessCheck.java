package org.exportrelay.runtime;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.apache.camel.CamelContext;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** The routes are started, and the ledger can be used. */
@Readiness
@Singleton
class ReadinessCheck implements HealthCheck {

    private final CamelContext context;
    private final LedgerFailures ledger;

    @Inject
    ReadinessCheck(CamelContext context, LedgerFailures ledger) {
        this.context = context;
        this.ledger = ledger;
    }

    /** From what maintenance has met, which uses the ledger twice a second: a probe must not wait for the database. */
    @Override
    public HealthCheckResponse call() {
        boolean started = context.getStatus().isStarted();
        boolean usable = !ledger.isFailing();
        return HealthCheckResponse.named("routes and ledger")
                .status(started && usable)
                .withData("routes", started ? "started" : "not started")
                .withData("ledger", usable ? "can be used" : "cannot be used; the log has the reason")
                .build();
    }
}
