package org.exportrelay.api;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.apache.hc.core5.http.HttpStatus;

/** Counts the requests of this process to the API. Thread-safe. */
@Singleton
class ApiMetrics {

    private static final String LIST = "list";
    private static final String NO_ANSWER = "none";

    private final MeterRegistry registry;

    @Inject
    ApiMetrics(MeterRegistry registry) {
        this.registry = registry;
        // Prometheus sees an increase only of what it has seen before: alerts must not miss the first refusal.
        counter(LIST, Integer.toString(HttpStatus.SC_UNAUTHORIZED));
        counter(LIST, Integer.toString(HttpStatus.SC_FORBIDDEN));
    }

    /** The API has answered a request. */
    void answered(String path, int status) {
        count(path, Integer.toString(status));
    }

    /** A request ended without a usable answer. */
    void failed(String path) {
        count(path, NO_ANSWER);
    }

    private void count(String path, String status) {
        boolean isList = path.split("\\?", 2)[0].endsWith("/exports");
        counter(isList ? LIST : "export", status).increment();
    }

    private Counter counter(String operation, String status) {
        return registry.counter("relay.api.requests", "operation", operation, "status", status);
    }
}
