package org.exportrelay.runtime;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.ledger.DestinationSummaries.Availability;

/**
 * The deliveries as a dashboard shows them. Maintenance reads the gauges from the ledger, not the scrape, which must
 * not wait for the database. Thread-safe.
 */
@Singleton
public class RelayMetrics {

    private final MeterRegistry registry;
    private final AtomicLong waiting;
    private final AtomicLong parked;
    private final AtomicLong atRisk;
    private final MultiGauge up;
    private final MultiGauge paused;
    private final MultiGauge hasRoute;

    @Inject
    RelayMetrics(MeterRegistry registry) {
        this.registry = registry;
        this.up = gauge("relay.destination.up", "0 while the destination is down");
        this.paused = gauge("relay.destination.paused", "1 while an operator has paused the destination");
        this.hasRoute = gauge("relay.destination.has.route", "0 if no relay runs a route to the destination");
        this.waiting = registry.gauge("relay.deliveries.waiting", new AtomicLong());
        this.parked = registry.gauge("relay.deliveries.parked", new AtomicLong());
        this.atRisk = registry.gauge("relay.deliveries.at.risk", new AtomicLong());
    }

    private MultiGauge gauge(String name, String description) {
        return MultiGauge.builder(name).description(description).register(registry);
    }

    /** An attempt of this process has ended. */
    public void attempted(String destination, DeliveryState state) {
        registry.counter("relay.deliveries.attempts", "destination", destination, "outcome", state.text())
                .increment();
    }

    /** The ledger's state now. */
    void update(LedgerSnapshot snapshot) {
        waiting.set(snapshot.waiting());
        parked.set(snapshot.parked());
        atRisk.set(snapshot.atRisk());
        List<Availability> destinations = snapshot.destinations();
        show(up, destinations, Availability::isUp);
        show(paused, destinations, Availability::isPaused);
        show(hasRoute, destinations, Availability::hasRoute);
    }

    /** 1 or 0 for each destination; one that was retired disappears. */
    private static void show(MultiGauge gauge, List<Availability> destinations, Predicate<Availability> holds) {
        gauge.register(
                destinations.stream()
                        .map(destination -> MultiGauge.Row.of(
                                Tags.of("destination", destination.destination()), holds.test(destination) ? 1 : 0))
                        .toList(),
                true);
    }
}
