package org.exportrelay.runtime;

import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;

/** Before each scrape, withdraws the sums that another instance may show by now. */
@Singleton
class ScrapeFilter {

    private final SumsTurn turn;
    private final Provider<RelayMetrics> metrics;

    @Inject
    ScrapeFilter(SumsTurn turn, Provider<RelayMetrics> metrics) {
        this.turn = turn;
        this.metrics = metrics;
    }

    /** Quarkus has created its router. */
    void start(@Observes Router router) {
        router.get("/q/metrics").order(Integer.MIN_VALUE).handler(this::filter);
    }

    private void filter(RoutingContext request) {
        if (turn.hasEnded()) {
            metrics.get().withdrawSums();
        }
        request.next();
    }
}
