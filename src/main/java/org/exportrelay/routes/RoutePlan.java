package org.exportrelay.routes;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.exportrelay.config.Counts;
import org.exportrelay.delivery.DeliveryWindow;
import org.exportrelay.ledger.Backfill;
import org.exportrelay.ledger.BackfillEstimate;
import org.exportrelay.ledger.DestinationState;
import org.exportrelay.ledger.DestinationState.Window;
import org.exportrelay.ledger.DestinationStates;
import org.exportrelay.ledger.Events;
import org.exportrelay.ledger.Progress;
import org.exportrelay.routes.PlannedChange.Kind;

/** Compares the route files on disk with those that ran last, and their destinations with the ledger. Reads only. */
public final class RoutePlan {

    private final Events events;
    private final DestinationStates states;
    private final BackfillEstimate estimate;
    private final Progress progress;

    /**
     * @param events of the ledger, which have the files that ran last
     * @param states of the destinations
     */
    public RoutePlan(Events events, DestinationStates states, BackfillEstimate estimate, Progress progress) {
        this.events = events;
        this.states = states;
        this.estimate = estimate;
        this.progress = progress;
    }

    /**
     * What would change: files first, then destinations, by name.
     *
     * @param directory of the files
     * @param files all of them, without a fault
     * @param destinations of these files
     */
    public List<PlannedChange> changes(Path directory, List<RouteFile> files, List<PlannedDestination> destinations) {
        List<PlannedChange> changes = new ArrayList<>(files(directory, files));
        Map<String, DestinationState> known = states.all();
        destinations.forEach(destination -> changes.addAll(changes(destination, known.get(destination.name()))));
        Set<String> names = destinations.stream().map(PlannedDestination::name).collect(Collectors.toSet());
        known.values().stream()
                .filter(state -> !names.contains(state.name()) && state.retiredAt() == null)
                .forEach(state -> changes.add(orphaned(state)));
        return changes;
    }

    private List<PlannedChange> files(Path directory, List<RouteFile> files) {
        Map<String, String> ran = new TreeMap<>(events.routeDigests());
        ran.values().removeIf(String::isEmpty);
        List<PlannedChange> changes = new ArrayList<>();
        for (RouteFile file : files) {
            String before = ran.remove(file.name());
            if (before == null) {
                changes.add(PlannedChange.of(Kind.FILE_ADDED, file.path().toString(), "is added"));
            } else if (!before.equals(RouteHistory.digest(file))) {
                changes.add(PlannedChange.of(Kind.FILE_CHANGED, file.path().toString(), "is changed"));
            }
        }
        ran.keySet()
                .forEach(name -> changes.add(PlannedChange.of(
                        Kind.FILE_REMOVED, directory.resolve(name).toString(), "is removed")));
        return changes;
    }

    private List<PlannedChange> changes(PlannedDestination destination, DestinationState known) {
        String subject = "exports:" + destination.name();
        if (known == null || known.retiredAt() != null) {
            Backfill backfill = backfill(destination);
            return List.of(new PlannedChange(
                    Kind.DESTINATION_NEW, subject, "is new; " + text(backfill, destination.backfill()), backfill));
        }
        return Stream.of(selection(destination, known, subject), window(destination, known, subject))
                .flatMap(Optional::stream)
                .toList();
    }

    private Optional<PlannedChange> selection(PlannedDestination destination, DestinationState known, String subject) {
        if (destination.selectsAs(known)) {
            return Optional.empty();
        }
        boolean isOfSame = Objects.equals(known.manifestOf(), destination.manifestOf());
        Backfill backfill = backfill(destination);
        return Optional.of(new PlannedChange(
                Kind.DESTINATION_CHANGED,
                subject,
                (isOfSame
                                ? "selects " + destination.pattern() + " instead of " + known.pattern()
                                : "delivers " + what(destination.manifestOf()) + " instead of "
                                        + what(known.manifestOf()))
                        + "; " + text(backfill, destination.backfill()),
                backfill));
    }

    private static Optional<PlannedChange> window(
            PlannedDestination destination, DestinationState known, String subject) {
        Optional<DeliveryWindow> before = known.window().map(Window::times);
        Optional<DeliveryWindow> after =
                Optional.ofNullable(destination.window()).map(DeliveryWindow::parse);
        return before.equals(after)
                ? Optional.empty()
                : Optional.of(PlannedChange.of(
                        Kind.DESTINATION_CHANGED,
                        subject,
                        "receives deliveries " + times(after) + " instead of " + times(before)));
    }

    private static String times(Optional<DeliveryWindow> window) {
        return window.map(times -> "within " + times).orElse("at any time");
    }

    private static String what(String manifestOf) {
        return manifestOf == null ? "no manifests" : "manifests of exports:" + manifestOf;
    }

    private Backfill backfill(PlannedDestination destination) {
        return destination.backfill()
                ? estimate.of(destination.name(), destination.pattern(), destination.manifestOf())
                : Backfill.NONE;
    }

    private static String text(Backfill backfill, boolean isWanted) {
        if (!isWanted) {
            return "it receives no export of the past (backfill=false)";
        }
        return backfill.deliveries() == 0
                ? "no export of the past can still be delivered to it"
                : Counts.text(
                                backfill.deliveries(),
                                "delivery of the past is created",
                                "deliveries of the past are created")
                        + " (" + Counts.grouped(backfill.bytes()) + " bytes, at most "
                        + Counts.text(backfill.exports(), "API request", "API requests") + ")";
    }

    private PlannedChange orphaned(DestinationState state) {
        long waiting = progress.waiting(List.of(state.name()));
        return PlannedChange.of(
                Kind.DESTINATION_ORPHANED,
                "exports:" + state.name(),
                "has no route; " + Counts.waitingDeliveries(waiting) + "; put the route back, or run 'retire "
                        + state.name() + "'");
    }
}
