package org.exportrelay.runtime;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.HealthCheckResponseBuilder;
import org.eclipse.microprofile.health.Liveness;
import org.exportrelay.config.Durations;

/**
 * Lease renewal and maintenance make progress. Down only if a restart can help: a step hangs, or its thread has died.
 */
@Liveness
@Singleton
class LivenessCheck implements HealthCheck {

    private final StepProgress progress;

    @Inject
    LivenessCheck(StepProgress progress) {
        this.progress = progress;
    }

    @Override
    public HealthCheckResponse call() {
        var overdue = progress.overdue();
        HealthCheckResponseBuilder response =
                HealthCheckResponse.named("lease renewal and maintenance").status(overdue.isEmpty());
        overdue.forEach((step, since) -> response.withData(step, "not finished for " + Durations.rounded(since)));
        return response.build();
    }
}
