package org.exportrelay.runtime;

import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.ledger.Progress;

/**
 * The deliveries as a dashboard shows them. Maintenance reads the gauges from the ledger, not the scrape, which must
 * not wait for the database. Thread-safe.
 */
@Singleton
public class RelayMetrics {

    private final MeterRegistry registry;
    private final Progress progress;
    private final AtomicLong waiting;
    private final AtomicLong parked;
    private final AtomicLong atRisk;

    @Inject
    RelayMetrics(MeterRegistry registry, Progress progress) {
        this.registry = registry;
        this.progress = progress;
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
    void update(List<Progress.Risk> risks) {
        waiting.set(progress.waiting());
        parked.set(progress.parked());
        atRisk.set(risks.stream().mapToLong(Progress.Risk::deliveries).sum());
    }
}
