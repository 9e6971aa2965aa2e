package org.exportrelay.routetest;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.LongPredicate;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.apache.camel.Route;
import org.apache.camel.component.timer.TimerConsumer;
import org.apache.camel.processor.aggregate.AggregateProcessor;
import org.exportrelay.component.EventRoutes;
import org.exportrelay.delivery.Destination;
import org.exportrelay.download.Downloads;
import org.exportrelay.ledger.DestinationControl;
import org.exportrelay.ledger.DestinationRegistry;
import org.exportrelay.ledger.DestinationState.Outage;
import org.exportrelay.ledger.DestinationStates;
import org.exportrelay.ledger.Events;
import org.exportrelay.ledger.ExportOutcomes;
import org.exportrelay.ledger.ExportOutcomes.Outcome;
import org.exportrelay.ledger.ExportRecorder;
import org.exportrelay.routetest.Observation.Kind;

/** Waits until nothing more happens in a test, without the waits of a night: what fails is tried again immediately. */
@Singleton
final class RouteTestEnd {

    private static final long CHECK_MILLIS = 5;
    /** In a row: an exchange that has ended may have started another one. */
    private static final int QUIET_CHECKS = 3;
    /** A destination that is still down after so many probes waits for as long as the test lasts. */
    private static final int PROBES = 3;

    private static final int MOST_EVENTS = 10_000;
    private static final String WAITING = "waiting";

    private final CamelContext context;
    private final Downloads downloads;
    private final DestinationRegistry destinations;
    private final DestinationStates states;
    private final DestinationControl control;
    private final ExportRecorder exports;
    private final ExportOutcomes outcomes;
    private final Events events;
    private final EventRoutes notifying;
    private Duration limit = Duration.ZERO;
    /** Exchanges of earlier tests that have not ended although their routes were stopped. */
    private int stuckExchanges;
    /** Of destinations that were down when no fault of the test was left. */
    private final Map<String, Integer> probesWithoutFaults = new HashMap<>();

    @Inject
    RouteTestEnd(
            CamelContext context,
            Downloads downloads,
            DestinationRegistry destinations,
            DestinationStates states,
            DestinationControl control,
            ExportRecorder exports,
            ExportOutcomes outcomes,
            Events events,
            EventRoutes notifying) {
        this.context = context;
        this.downloads = downloads;
        this.destinations = destinations;
        this.states = states;
        this.control = control;
        this.exports = exports;
        this.outcomes = outcomes;
        this.events = events;
        this.notifying = notifying;
    }

    /** How long one test may take. */
    Duration limit() {
        return limit;
    }

    void limit(Duration longest) {
        limit = longest;
    }

    /** Before the routes of a test start. */
    void begin() {
        states.ignoreWindows();
        probesWithoutFaults.clear();
        stuckExchanges = Math.max(0, context.getInflightRepository().size());
    }

    /**
     * Whether the test has come to an end within its time.
     *
     * @param hasFaultsLeft whether a destination that is down will be up again
     */
    boolean await(List<GivenExport> given, BooleanSupplier hasFaultsLeft) throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        return isQuietBefore(end, given, hasFaultsLeft)
                && (completeGroups() == 0 || isQuietBefore(end, given, hasFaultsLeft));
    }

    private boolean isQuietBefore(long end, List<GivenExport> given, BooleanSupplier hasFaultsLeft)
            throws InterruptedException {
        int quiet = 0;
        while (System.nanoTime() < end) {
            quiet = isQuiet(given, hasFaultsLeft) ? quiet + 1 : 0;
            if (quiet == QUIET_CHECKS) {
                return true;
            }
            Thread.sleep(CHECK_MILLIS);
        }
        return false;
    }

    /** Aggregators would wait for messages or for a time that does not come in a test. */
    private int completeGroups() {
        return context.getRoutes().stream()
                .flatMap(route -> route.filter("*").stream())
                .filter(AggregateProcessor.class::isInstance)
                .mapToInt(aggregator -> ((AggregateProcessor) aggregator).forceCompletionOfAllGroups())
                .sum();
    }

    private boolean isQuiet(List<GivenExport> given, BooleanSupplier hasFaultsLeft) {
        List<Outcome> open = outcomes.of(ids(given)).stream()
                .filter(outcome -> !outcome.state().isFinal())
                .toList();
        if (!open.stream().allMatch(outcome -> waits(outcome, hasFaultsLeft))) {
            hurry();
            return false;
        }
        // Camel's number is no snapshot: while exchanges begin and end, it can be too small for a moment.
        return haveTimersFired() && context.getInflightRepository().size() <= stuckExchanges && !notifying.areBehind();
    }

    /** A timer without a delay fires in a thread of its own, perhaps when all other exchanges have ended. */
    private boolean haveTimersFired() {
        return context.getRoutes().stream()
                .filter(route -> context.getRouteController()
                        .getRouteStatus(route.getRouteId())
                        .isStarted())
                .map(Route::getConsumer)
                .filter(TimerConsumer.class::isInstance)
                .map(TimerConsumer.class::cast)
                .noneMatch(timer -> timer.isPolling() || timer.getDelay() <= 0 && timer.getCounter() == 0);
    }

    /** What is due is claimed, and what is down is probed, without its delay. */
    private void hurry() {
        List<String> names =
                destinations.running().stream().map(Destination::name).toList();
        downloads.schedule();
        control.probeNow(names);
        states.changed();
        destinations.arrived(names);
    }

    /** Of the probes since the last fault, the first may have begun before it: if the second one fails too, others will. */
    private boolean waits(Outcome outcome, BooleanSupplier hasFaultsLeft) {
        if (hasFaultsLeft.getAsBoolean()) {
            return false;
        }
        String destination = outcome.destination();
        return states.of(destination)
                .flatMap(state -> state.outage())
                .map(Outage::probes)
                .filter(probes -> probes >= probesWithoutFaults.computeIfAbsent(destination, name -> probes) + 2
                        && probes >= PROBES)
                .isPresent();
    }

    /** What has become of the exports. */
    List<Observation> outcomes(List<GivenExport> given) {
        Set<String> recorded = exports.known(ids(given));
        List<Outcome> all = outcomes.of(ids(given));
        List<Observation> observations = new ArrayList<>();
        for (GivenExport export : given) {
            List<Outcome> own = all.stream()
                    .filter(outcome -> outcome.exportId().equals(export.id()))
                    .toList();
            own.forEach(outcome -> observations.add(observation(export, outcome)));
            if (own.isEmpty()) {
                observations.add(
                        withoutDelivery(export, recorded.contains(export.id()) ? "not wanted" : "not recorded"));
            }
        }
        return observations;
    }

    private static Observation observation(GivenExport export, Outcome outcome) {
        Map<String, String> values = new HashMap<>();
        values.put(
                Kind.OUTCOME.key(), outcome.state().isFinal() ? outcome.state().text() : WAITING);
        values.put("export", export.name());
        values.put("file", outcome.file());
        values.put("destination", outcome.destination());
        values.put("attempts", String.valueOf(outcome.attempts()));
        values.put("error", outcome.error() == null ? "" : outcome.error());
        return new Observation(
                Kind.OUTCOME,
                values,
                Map.of("export.id", export.id(), "export.name", export.name(), "export.file", outcome.file()));
    }

    private static Observation withoutDelivery(GivenExport export, String outcome) {
        return new Observation(
                Kind.OUTCOME,
                Map.of(Kind.OUTCOME.key(), outcome, "export", export.name()),
                Map.of("export.id", export.id(), "export.name", export.name()));
    }

    /**
     * The events that the ledger has recorded.
     *
     * @param ids of those that the test has not given
     */
    List<Observation> events(List<GivenExport> given, LongPredicate ids) {
        Map<String, String> names = given.stream().collect(Collectors.toMap(GivenExport::id, GivenExport::name));
        return events.next(0, events.settled().orElse(0), MOST_EVENTS).stream()
                .filter(event -> ids.test(event.id()) && event.at().isAfter(Instant.EPOCH))
                .map(event -> {
                    Map<String, String> values = new HashMap<>();
                    values.put(Kind.EVENT.key(), event.kind());
                    values.put("message", event.message());
                    if (event.destination() != null) {
                        values.put("destination", event.destination());
                    }
                    if (names.containsKey(event.exportId())) {
                        values.put("export", names.get(event.exportId()));
                    }
                    return new Observation(Kind.EVENT, values, Map.of());
                })
                .toList();
    }

    private static List<String> ids(List<GivenExport> given) {
        return given.stream().map(GivenExport::id).toList();
    }
}
