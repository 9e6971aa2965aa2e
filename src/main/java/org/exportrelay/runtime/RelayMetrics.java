package org.exportrelay.runtime;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.MultiGauge.Row;
import io.micrometer.core.instrument.Tags;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.exportrelay.ledger.DestinationSummary;
import org.exportrelay.ledger.DestinationSummary.Availability;
import org.exportrelay.ledger.Progress.Risk;

/**
 * The ledger's state as a dashboard shows it; nothing before it is known. Maintenance reads it, not the scrape, which must not wait for the database.
 * Sums of the whole ledger are shown by the instance that polls only, so that the sum over all instances is right.
 * Thread-safe.
 */
@Singleton
public class RelayMetrics {

    private final MultiGauge waiting;
    private final MultiGauge parked;
    private final MultiGauge deliveries;
    private final MultiGauge oldestWaiting;
    private final MultiGauge budgetRemaining;
    private final MultiGauge budgetLimit;
    private final MultiGauge atRisk;
    private final MultiGauge up;
    private final MultiGauge paused;
    private final MultiGauge hasRoute;
    private final MultiGauge expectationMet;

    @Inject
    RelayMetrics(MeterRegistry registry, @ConfigProperty(name = "quarkus.application.version") String version) {
        this.deliveries = gauge(registry, "relay.deliveries", "Deliveries in the ledger");
        this.oldestWaiting = MultiGauge.builder("relay.oldest.waiting")
                .description("How long the oldest waiting delivery waits")
                .baseUnit("seconds")
                .register(registry);
        this.budgetRemaining = gauge(registry, "relay.api.budget.remaining", "Requests that may still be sent");
        this.budgetLimit = gauge(registry, "relay.api.budget.limit", "Requests that may be sent");
        this.atRisk = gauge(registry, "relay.deliveries.at.risk", "Waiting deliveries that are likely to expire");
        this.up = gauge(registry, "relay.destination.up", "0 while the destination is down");
        this.paused = gauge(registry, "relay.destination.paused", "1 while an operator has paused the destination");
        this.hasRoute = gauge(registry, "relay.destination.has.route", "0 if no relay runs a route to the destination");
        this.expectationMet = gauge(
                registry,
                "relay.expectation.met",
                "0 if the last deadline of the expectation passed without the exports");
        this.waiting = gauge(registry, "relay.deliveries.waiting", "Deliveries in the ledger that have not ended");
        this.parked = gauge(registry, "relay.deliveries.parked", "Deliveries in the ledger that are parked");
        Gauge.builder("relay.instance.info", () -> 1)
                .description("1 for each instance that runs")
                .tag("version", version)
                .register(registry);
    }

    private static MultiGauge gauge(MeterRegistry registry, String name, String description) {
        return MultiGauge.builder(name).description(description).register(registry);
    }

    /** Shows the ledger's state now. A destination that was retired disappears. */
    void update(LedgerSnapshot snapshot) {
        waiting.register(List.of(Row.of(Tags.empty(), snapshot.waiting())), true);
        parked.register(List.of(Row.of(Tags.empty(), snapshot.parked())), true);
        List<Availability> availabilities = snapshot.availabilities();
        show(up, availabilities, Availability::isUp);
        show(paused, availabilities, Availability::isPaused);
        show(hasRoute, availabilities, Availability::hasRoute);
        budgetRemaining.register(
                rows(snapshot.budget().stream().map(left -> Row.of(Tags.of("window", left.window()), left.requests()))),
                true);
        budgetLimit.register(
                rows(snapshot.budget().stream().map(left -> Row.of(Tags.of("window", left.window()), left.limit()))),
                true);
        expectationMet.register(
                rows(snapshot.expectations().entrySet().stream()
                        .map(met -> Row.of(Tags.of("expectation", met.getKey()), met.getValue() ? 1 : 0))),
                true);
        showSums(snapshot.hasSums() ? snapshot : LedgerSnapshot.NONE);
    }

    /** Another instance may show them from now on. */
    void withdrawSums() {
        showSums(LedgerSnapshot.NONE);
    }

    private void showSums(LedgerSnapshot sums) {
        deliveries.register(
                rows(sums.destinations().stream()
                        .flatMap(destination -> Stream.of(
                                row(destination, "waiting", destination.waiting()),
                                row(destination, "parked", destination.parked()),
                                row(destination, "delivered", destination.delivered()),
                                row(destination, "skipped", destination.skipped()),
                                row(destination, "expired", destination.expired())))),
                true);
        oldestWaiting.register(
                rows(sums.destinations().stream()
                        .map(destination -> Row.of(Tags.of("destination", destination.name()), waits(destination)))),
                true);
        atRisk.register(
                rows(sums.destinations().stream()
                        .map(destination ->
                                Row.of(Tags.of("destination", destination.name()), risk(sums, destination)))),
                true);
    }

    /** 1 or 0 for each destination. */
    private static void show(MultiGauge gauge, List<Availability> destinations, Predicate<Availability> holds) {
        gauge.register(
                rows(destinations.stream()
                        .map(destination -> Row.of(
                                Tags.of("destination", destination.destination()), holds.test(destination) ? 1 : 0))),
                true);
    }

    private static Row<Number> row(DestinationSummary destination, String state, long count) {
        return Row.of(Tags.of("destination", destination.name(), "state", state), count);
    }

    /** In seconds; 0 if none waits. */
    private static long waits(DestinationSummary destination) {
        Instant since = destination.oldestWaiting();
        return since == null
                ? 0
                : Math.max(0, Duration.between(since, Instant.now()).toSeconds());
    }

    private static long risk(LedgerSnapshot snapshot, DestinationSummary destination) {
        return snapshot.risks().stream()
                .filter(risk -> risk.destination().equals(destination.name()))
                .mapToLong(Risk::deliveries)
                .sum();
    }

    /** MultiGauge takes rows of any kind only. */
    private static List<Row<?>> rows(Stream<Row<Number>> rows) {
        return rows.<Row<?>>map(row -> row).toList();
    }
}
