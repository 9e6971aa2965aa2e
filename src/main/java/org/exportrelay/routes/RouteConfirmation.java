package org.exportrelay.routes;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.exportrelay.config.Counts;
import org.exportrelay.ledger.Backfill;
import org.exportrelay.ledger.BackfillEstimate;
import org.exportrelay.ledger.DestinationState;
import org.exportrelay.ledger.DestinationStates;
import org.exportrelay.ledger.Event;
import org.exportrelay.ledger.EventKind;
import org.exportrelay.ledger.EventLog;
import org.exportrelay.ledger.Events;

/**
 * Holds back a route file with a destination that is new or selects other exports, and would receive many deliveries of the
 * past, until an operator confirms this version of the file: an event in the ledger, which any process can write. Thread-safe.
 */
public final class RouteConfirmation {

    private static final String DIGEST = "digest";

    private final Events events;
    private final EventLog log;
    private final DestinationStates states;
    private final BackfillEstimate estimate;
    private final int limit;

    /**
     * @param limit deliveries of the past that need no confirmation, 0 or more
     */
    public RouteConfirmation(
            Events events, EventLog log, DestinationStates states, BackfillEstimate estimate, int limit) {
        this.events = events;
        this.log = log;
        this.states = states;
        this.estimate = estimate;
        this.limit = limit;
    }

    /** Why a file must wait; empty if it need not. */
    List<RouteFault> held(RouteFile file, List<PlannedDestination> destinations) {
        Map<String, DestinationState> known = states.all();
        List<RouteFault> held = new ArrayList<>();
        for (PlannedDestination destination : destinations) {
            DestinationState state = known.get(destination.name());
            boolean isNew = state == null || state.retiredAt() != null;
            boolean isChanged = !isNew && !destination.selectsAs(state);
            if ((isNew || isChanged) && destination.backfill() && destination.file().equals(file.path())) {
                Backfill backfill = estimate.of(destination.name(), destination.pattern(), destination.manifestOf());
                if (backfill.deliveries() > limit && !isConfirmed(file)) {
                    held.add(new RouteFault(
                            file.path(),
                            0,
                            "waits for a confirmation: exports:" + destination.name()
                                    + (isNew ? " is new" : " selects " + destination.pattern()) + " and would receive "
                                    + Counts.text(backfill.deliveries(), "delivery", "deliveries")
                                    + " of the past, more than relay.routes.confirm-above=" + limit
                                    + "; run 'plan' to see them, and 'plan --apply' to load the file, or confirm it on"
                                    + " the page Routes of the console",
                            false));
                }
            }
        }
        return held;
    }

    /** Whether an operator has confirmed this version of a file. */
    boolean isConfirmed(RouteFile file) {
        String digest = RouteHistory.digest(file);
        List<Event> confirmed =
                events.inOrder(new Events.Choice(null, null, List.of(EventKind.ROUTE_CONFIRMED.text()), null, 0));
        return confirmed.stream()
                .anyMatch(event ->
                        EventLog.parse(event.detail()).path(DIGEST).asText().equals(digest));
    }

    /** Confirms files as they were when they were read. */
    public void confirm(List<RouteFile> files, String actor) {
        files.forEach(file -> log.append(
                EventKind.ROUTE_CONFIRMED,
                actor,
                file.path() + " confirmed by " + actor,
                Map.of("file", file.name(), DIGEST, RouteHistory.digest(file))));
    }
}
