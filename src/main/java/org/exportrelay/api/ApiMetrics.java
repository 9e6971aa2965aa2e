package org.exportrelay.api;

import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;

/** Counts the requests of this process to the API. Thread-safe. */
@Singleton
class ApiMetrics {

    private static final String NO_ANSWER = "none";

    private final MeterRegistry registry;

    @Inject
    ApiMetrics(MeterRegistry registry) {
        this.registry = registry;
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
        registry.counter("relay.api.requests", "operation", isList ? "list" : "export", "status", status)
                .increment();
    }
}
