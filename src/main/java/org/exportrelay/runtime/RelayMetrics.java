package org.exportrelay.runtime;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.exportrelay.api.RateBudget.Remaining;
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

    private final TaggedGauge waiting;
    private final TaggedGauge parked;
    private final TaggedGauge deliveries;
    private final TaggedGauge oldestWaiting;
    private final TaggedGauge budgetRemaining;
    private final TaggedGauge budgetLimit;
    private final TaggedGauge atRisk;
    private final TaggedGauge up;
    private final TaggedGauge paused;
    private final TaggedGauge windowOpen;
    private final TaggedGauge hasRoute;
    private final TaggedGauge expectationMet;

    @Inject
    RelayMetrics(MeterRegistry registry, @ConfigProperty(name = "quarkus.application.version") String version) {
        this.deliveries = gauge(registry, "relay.deliveries", "Deliveries in the ledger");
        this.oldestWaiting = TaggedGauge.register(
                registry, "relay.oldest.waiting", "How long the oldest waiting delivery waits", "seconds");
        this.budgetRemaining = gauge(registry, "relay.api.budget.remaining", "Requests that may still be sent");
        this.budgetLimit = gauge(registry, "relay.api.budget.limit", "Requests that may be sent");
        this.atRisk = gauge(registry, "relay.deliveries.at.risk", "Waiting deliveries that are likely to expire");
        this.up = gauge(registry, "relay.destination.up", "0 while the destination is down");
        this.paused = gauge(registry, "relay.destination.paused", "1 while an operator has paused the destination");
        this.windowOpen =
                gauge(registry, "relay.destination.window.open", "0 while the destination is outside its window");
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

    private static TaggedGauge gauge(MeterRegistry registry, String name, String description) {
        return TaggedGauge.register(registry, name, description, null);
    }

    /** Shows the ledger's state now. A destination that was retired disappears. */
    void update(LedgerSnapshot snapshot) {
        waiting.show(Map.of(Tags.empty(), (double) snapshot.waiting()));
        parked.show(Map.of(Tags.empty(), (double) snapshot.parked()));
        List<Availability> availabilities = snapshot.availabilities();
        up.show(byDestination(availabilities, Availability::destination, is(Availability::isUp)));
        paused.show(byDestination(availabilities, Availability::destination, is(Availability::isPaused)));
        windowOpen.show(byDestination(availabilities, Availability::destination, is(Availability::isWindowOpen)));
        hasRoute.show(byDestination(availabilities, Availability::destination, is(Availability::hasRoute)));
        budgetRemaining.show(byWindow(snapshot, Remaining::requests));
        budgetLimit.show(byWindow(snapshot, Remaining::limit));
        expectationMet.show(snapshot.expectations().entrySet().stream()
                .collect(Collectors.toMap(
                        met -> Tags.of("expectation", met.getKey()), met -> met.getValue() ? 1.0 : 0.0)));
        showSums(snapshot.hasSums() ? snapshot : LedgerSnapshot.NONE);
    }

    /** Another instance may show them from now on. */
    void withdrawSums() {
        showSums(LedgerSnapshot.NONE);
    }

    private void showSums(LedgerSnapshot sums) {
        Map<Tags, Double> counts = new HashMap<>();
        for (DestinationSummary destination : sums.destinations()) {
            counts.put(tags(destination, "waiting"), (double) destination.waiting());
            counts.put(tags(destination, "parked"), (double) destination.parked());
            counts.put(tags(destination, "delivered"), (double) destination.delivered());
            counts.put(tags(destination, "skipped"), (double) destination.skipped());
            counts.put(tags(destination, "expired"), (double) destination.expired());
        }
        deliveries.show(counts);
        Map<String, Double> risks = sums.risks().stream()
                .collect(Collectors.groupingBy(Risk::destination, Collectors.summingDouble(Risk::deliveries)));
        oldestWaiting.show(byDestination(sums.destinations(), DestinationSummary::name, RelayMetrics::waits));
        atRisk.show(byDestination(
                sums.destinations(),
                DestinationSummary::name,
                destination -> risks.getOrDefault(destination.name(), 0.0)));
    }

    private static Tags tags(DestinationSummary destination, String state) {
        return Tags.of("destination", destination.name(), "state", state);
    }

    private static <T> Map<Tags, Double> byDestination(
            List<T> destinations, Function<T, String> name, ToDoubleFunction<T> value) {
        return destinations.stream()
                .collect(Collectors.toMap(
                        destination -> Tags.of("destination", name.apply(destination)), value::applyAsDouble));
    }

    private static Map<Tags, Double> byWindow(LedgerSnapshot snapshot, ToDoubleFunction<Remaining> value) {
        return snapshot.budget().stream()
                .collect(Collectors.toMap(left -> Tags.of("window", left.window()), value::applyAsDouble));
    }

    private static ToDoubleFunction<Availability> is(Predicate<Availability> holds) {
        return destination -> holds.test(destination) ? 1 : 0;
    }

    /** In seconds; 0 if none waits. */
    private static double waits(DestinationSummary destination) {
        Instant since = destination.oldestWaiting();
        return since == null
                ? 0
                : Math.max(0, Duration.between(since, Instant.now()).toSeconds());
    }
}
