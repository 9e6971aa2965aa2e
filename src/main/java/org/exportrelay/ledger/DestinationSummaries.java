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
            Map<String, Map<DeliveryState, Long>> counts = new HashMap<>();
            count(handle, Sql.OPEN, counts);
            count(handle, "state IN ('parked', 'expired')", counts);
            return DestinationStates.read(handle).stream()
                    .map(state -> summary(state, counts.getOrDefault(state.name(), Map.of()), latest))
                    .toList();
        });
    }

    private static void count(Handle handle, String which, Map<String, Map<DeliveryState, Long>> counts) {
        handle.createQuery("SELECT destination, state, count(*) AS deliveries FROM delivery WHERE " + which
                        + " GROUP BY destination, state")
                .map((row, context) -> {
                    counts.computeIfAbsent(row.getString("destination"), name -> new EnumMap<>(DeliveryState.class))
                            .put(DeliveryState.of(row.getString("state")), row.getLong("deliveries"));
                    return true;
                })
                .list();
    }

    private static DestinationSummary summary(
            DestinationState state, Map<DeliveryState, Long> counts, Optional<Instant> latest) {
        return new DestinationSummary(
                state,
                counts.getOrDefault(DeliveryState.PENDING, 0L)
                        + counts.getOrDefault(DeliveryState.RETRYING, 0L)
                        + counts.getOrDefault(DeliveryState.IN_PROGRESS, 0L),
                counts.getOrDefault(DeliveryState.PARKED, 0L),
                counts.getOrDefault(DeliveryState.EXPIRED, 0L),
                latest.map(state::lacksRoute).orElse(false));
    }
}
