package org.exportrelay.runtime;

import io.vertx.ext.web.Router;
import jakarta.enterprise.event.Observes;

/** Serves the metrics at {@code /metrics} too, as version 0.1.0 did. */
final class MetricsPath {

    void alsoWithoutPrefix(@Observes Router router) {
        router.get("/metrics").handler(request -> request.reroute("/q/metrics"));
    }
}
