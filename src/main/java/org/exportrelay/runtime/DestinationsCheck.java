package org.exportrelay.runtime;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Readiness;

/**
 * What is wrong outside of this process, as data: always up, since neither a restart nor less traffic brings a partner's
 * server back.
 */
@Readiness
@Singleton
class DestinationsCheck implements HealthCheck {

    private final LedgerSnapshots snapshots;

    @Inject
    DestinationsCheck(LedgerSnapshots snapshots) {
        this.snapshots = snapshots;
    }

    @Override
    public HealthCheckResponse call() {
        HealthCheckResponseBuilder response =
                HealthCheckResponse.named("destinations").up();
        // Without the reason, which may name hosts and users: the port may be open to others than the operator.
        snapshots
                .latest()
                .availabilities()
                .forEach(destination -> response.withData(destination.destination(), destination.condition()));
        return response.build();
    }
}
