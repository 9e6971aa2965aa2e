package org.exportrelay.runtime;

import io.micrometer.core.instrument.MeterRegistry;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.ledger.Progress;

/**
 * What a dashboard shows of the deliveries. Gauges are read from the ledger by the housekeeping, not
 * when they are looked at, so that a scrape never waits for the database. Thread-safe.
 */
@ApplicationScoped
public class RelayMetrics {

    private final MeterRegistry registry;
    private final AtomicLong waiting;
    private final AtomicLong parked;
    private final AtomicLong atRisk;

    @Inject
    RelayMetrics(MeterRegistry registry) {
        this.registry = registry;
        this.waiting = registry.gauge("relay.deliveries.waiting", new AtomicLong());
        this.parked = registry.gauge("relay.deliveries.parked", new AtomicLong());
        this.atRisk = registry.gauge("relay.deliveries.at.risk", new AtomicLong());
    }

    /** An attempt of this process has ended. */
    public void attempted(String destination, DeliveryState state) {
        registry.counter("relay.deliveries.attempts", "destination", destination, "outcome", state.text())
                .increment();
    }

    /** The ledger's state now. */
    void show(Progress progress, List<Progress.Risk> risks) {
        waiting.set(progress.waiting());
        parked.set(progress.parked());
        atRisk.set(risks.stream().mapToLong(Progress.Risk::deliveries).sum());
    }
}
