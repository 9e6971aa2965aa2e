package org.exportrelay.ledger;

import java.time.Instant;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.Handle;

/**
 * All destinations and what waits for them, in a few statements that read what is open and what failed, not the history.
 * For status, logs, checks and metrics alike. Reads only. Thread-safe.
 */
public final class DestinationSummaries {

    private final LedgerDatabase database;

    /**
     * @param database open
     */
    public DestinationSummaries(LedgerDatabase database) {
        this.database = database;
    }

    /** In the order of their names. */
    public List<DestinationSummary> all() {
        return database.jdbi().inTransaction(handle -> {
            Optional<Instant> latest = Instances.latest(handle);
            Map<String, Long> waiting = waiting(handle);
            Map<String, Map<DeliveryState, Long>> failed = failed(handle);
            return DestinationStates.read(handle).stream()
                    .map(state -> new DestinationSummary(
                            state,
                            waiting.getOrDefault(state.name(), 0L),
                            count(failed, state, DeliveryState.PARKED),
                            count(failed, state, DeliveryState.EXPIRED),
                            lacksRoute(state, latest)))
                    .toList();
        });
    }

    private boolean lacksRoute(DestinationState state, Optional<Instant> latest) {
        return latest.map(seen -> state.lacksRoute(seen, Instances.tolerance(database)))
                .orElse(false);
    }

    private static long count(
            Map<String, Map<DeliveryState, Long>> counts, DestinationState state, DeliveryState which) {
        return counts.getOrDefault(state.name(), Map.of()).getOrDefault(which, 0L);
    }

    /** Without their states, which the index does not have. */
    private static Map<String, Long> waiting(Handle handle) {
        Map<String, Long> waiting = new HashMap<>();
        handle.createQuery("SELECT destination, count(*) AS deliveries FROM delivery WHERE " + Sql.OPEN
                        + " GROUP BY destination")
                .map((row, context) -> Map.entry(row.getString("destination"), row.getLong("deliveries")))
                .forEach(entry -> waiting.put(entry.getKey(), entry.getValue()));
        return waiting;
    }

    private static Map<String, Map<DeliveryState, Long>> failed(Handle handle) {
        Map<String, Map<DeliveryState, Long>> counts = new HashMap<>();
        handle.createQuery("SELECT destination, state, count(*) AS deliveries FROM delivery"
                        + " WHERE state IN ('parked', 'expired') GROUP BY destination, state")
                .map((row, context) -> {
                    counts.computeIfAbsent(row.getString("destination"), name -> new EnumMap<>(DeliveryState.class))
                            .put(DeliveryState.of(row.getString("state")), row.getLong("deliveries"));
                    return true;
                })
                .list();
        return counts;
    }
}
