package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.ledger.DeliveryCounts.Count;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.Handle;

/**
 * All destinations and what waits for them, in a few statements that read what is open and counters, not the history.
 * For status, logs, checks and metrics alike. Reads only. Thread-safe.
 */
public final class DestinationSummaries {

    private final LedgerDatabase database;
    private final Clock clock;

    /**
     * @param database open
     * @param clock for windows
     */
    public DestinationSummaries(LedgerDatabase database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /** In the order of their names. */
    public List<DestinationSummary> all() {
        return database.jdbi().inTransaction(handle -> {
            Optional<Instant> latest = Instances.latest(handle);
            Map<String, Waiting> waiting = waiting(handle);
            Map<String, Long> retrying = inState(handle, DeliveryState.RETRYING);
            Map<String, Long> inFlight = inState(handle, DeliveryState.IN_PROGRESS);
            Map<String, Map<DeliveryState, Count>> ended = DeliveryCounts.read(handle);
            return DestinationStates.read(handle, clock.instant()).stream()
                    .map(state -> summary(
                            state,
                            waiting.getOrDefault(state.name(), Waiting.NONE),
                            retrying.getOrDefault(state.name(), 0L),
                            inFlight.getOrDefault(state.name(), 0L),
                            ended.getOrDefault(state.name(), Map.of()),
                            lacksRoute(state, latest)))
                    .toList();
        });
    }

    private static DestinationSummary summary(
            DestinationState state,
            Waiting waiting,
            long retrying,
            long inFlight,
            Map<DeliveryState, Count> ended,
            boolean lacksRoute) {
        Count delivered = ended.getOrDefault(DeliveryState.DELIVERED, Count.NONE);
        return new DestinationSummary(
                // The window is that of its route.
                lacksRoute ? state.withoutWindow() : state,
                delivered.deliveries(),
                delivered.lastAt(),
                waiting.deliveries(),
                retrying,
                inFlight,
                waiting.since(),
                ended.getOrDefault(DeliveryState.PARKED, Count.NONE).deliveries(),
                ended.getOrDefault(DeliveryState.EXPIRED, Count.NONE).deliveries(),
                ended.getOrDefault(DeliveryState.SKIPPED, Count.NONE).deliveries(),
                lacksRoute);
    }

    private boolean lacksRoute(DestinationState state, Optional<Instant> latest) {
        return latest.map(seen -> state.lacksRoute(seen, Instances.tolerance(database)))
                .orElse(false);
    }

    /** Without their states, which the index does not have. */
    private static Map<String, Waiting> waiting(Handle handle) {
        Map<String, Waiting> waiting = new HashMap<>();
        handle.createQuery("SELECT destination, count(*) AS deliveries, min(file_id) AS oldest FROM delivery WHERE "
                        + Sql.OPEN + " GROUP BY destination")
                .map((row, context) ->
                        new Backlog(row.getString("destination"), row.getLong("deliveries"), row.getLong("oldest")))
                .list()
                .forEach(backlog -> waiting.put(
                        backlog.destination(), new Waiting(backlog.deliveries(), createdAt(handle, backlog))));
        return waiting;
    }

    private static Instant createdAt(Handle handle, Backlog backlog) {
        return handle.createQuery(
                        "SELECT created_at FROM delivery WHERE file_id = :file AND destination = :destination")
                .bind("file", backlog.oldestFile())
                .bind("destination", backlog.destination())
                .mapTo(Instant.class)
                .findOne()
                .orElse(null);
    }

    /** Of a state that few deliveries are in, which has an index of its own. */
    private static Map<String, Long> inState(Handle handle, DeliveryState state) {
        Map<String, Long> deliveries = new HashMap<>();
        handle.createQuery("SELECT destination, count(*) AS deliveries FROM delivery WHERE state = '" + state.text()
                        + "' GROUP BY destination")
                .map((row, context) -> Map.entry(row.getString("destination"), row.getLong("deliveries")))
                .forEach(entry -> deliveries.put(entry.getKey(), entry.getValue()));
        return deliveries;
    }

    private record Backlog(String destination, long deliveries, long oldestFile) {}

    private record Waiting(long deliveries, Instant since) {

        private static final Waiting NONE = new Waiting(0, null);
    }
}
