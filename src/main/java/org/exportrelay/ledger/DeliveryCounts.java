package org.exportrelay.ledger;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.exportrelay.delivery.DeliveryState;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/**
 * How many deliveries of each destination are in each final state. Kept in the transactions that change these states,
 * since counting would read the whole history.
 */
final class DeliveryCounts {

    private static final int SHARDS = 16;
    /** Processes on a shared ledger rarely have the same one, and then only wait for each other's commit. */
    private static final int SHARD = ThreadLocalRandom.current().nextInt(SHARDS);

    private DeliveryCounts() {}

    /**
     * A delivery that has ended, or is due again.
     *
     * @param at when it ended; null if it is due again
     * @param deliveries 1, or -1 if it is due again; or of how many alike
     */
    record Change(String destination, DeliveryState state, int deliveries, Instant at) {

        static Change ended(String destination, DeliveryState state, Instant at) {
            return new Change(destination, state, 1, at);
        }

        private Key key() {
            return new Key(destination, state);
        }
    }

    /**
     * Counts changes in the caller's transaction, which does so once at most: after it has locked the deliveries, before
     * the destinations, and in this order, so that processes never wait for each other in a circle.
     */
    static void add(Handle handle, Collection<Change> changes) {
        addWhere(handle, changes, "true");
    }

    /**
     * The same, unless there are destinations of manifests: an outcome whose deliveries are locked learns so without a
     * statement of its own.
     *
     * @return what was not counted, because more deliveries may have to be locked first; empty if all was
     */
    static List<Change> addUnlessManifests(Handle handle, Collection<Change> changes) {
        return addWhere(handle, changes, "NOT EXISTS (SELECT 1 FROM destination WHERE " + ManifestDeliveries.ANY + ")");
    }

    private static List<Change> addWhere(Handle handle, Collection<Change> changes, String condition) {
        Map<Key, List<Change>> byKey = changes.stream().collect(Collectors.groupingBy(Change::key));
        if (byKey.isEmpty()) {
            return List.of();
        }
        PreparedBatch batch = handle.prepareBatch(
                """
                INSERT INTO delivery_count (destination, state, shard, deliveries, last_at)
                SELECT :destination, :state, :shard, :deliveries, :at WHERE %s
                ON CONFLICT (destination, state, shard) DO UPDATE SET
                  deliveries = delivery_count.deliveries + excluded.deliveries,
                  last_at = coalesce(excluded.last_at, delivery_count.last_at)"""
                        .formatted(condition));
        List<Key> keys = new ArrayList<>(byKey.keySet());
        keys.sort(Comparator.comparing(Key::destination).thenComparing(Key::state));
        for (Key key : keys) {
            List<Change> alike = byKey.get(key);
            batch.bind("destination", key.destination())
                    .bind("state", key.state().text())
                    .bind("shard", SHARD)
                    .bind(
                            "deliveries",
                            alike.stream().mapToInt(Change::deliveries).sum())
                    .bindByType(
                            "at",
                            alike.stream()
                                    .map(Change::at)
                                    .filter(Objects::nonNull)
                                    .max(Comparator.naturalOrder())
                                    .orElse(null),
                            Instant.class)
                    .add();
        }
        int[] counted = batch.execute();
        return IntStream.range(0, counted.length)
                .filter(i -> counted[i] == 0)
                .mapToObj(i -> byKey.get(keys.get(i)))
                .flatMap(List::stream)
                .toList();
    }

    /** Over all destinations; a state with none is absent. */
    static Map<DeliveryState, Long> totals(Handle handle) {
        Map<DeliveryState, Long> totals = new TreeMap<>();
        read(handle)
                .values()
                .forEach(
                        states -> states.forEach((state, count) -> totals.merge(state, count.deliveries(), Long::sum)));
        totals.values().removeIf(count -> count == 0);
        return totals;
    }

    /**
     * All of them by destination. The parked ones are read from an index, in which they are few: an operator must see also
     * those that an instance of 0.1.0 has parked, which counts nothing.
     */
    static Map<String, Map<DeliveryState, Count>> read(Handle handle) {
        Map<String, Map<DeliveryState, Count>> counts = new HashMap<>();
        handle.createQuery(
                        """
                        SELECT destination, state, sum(deliveries) AS deliveries, max(last_at) AS last_at
                        FROM delivery_count WHERE state <> 'parked' GROUP BY destination, state
                        UNION ALL SELECT destination, 'parked', count(*), max(finished_at) FROM delivery
                        WHERE state IN ('parked', 'expired') AND state = 'parked' GROUP BY destination""")
                .map((row, context) -> {
                    counts.computeIfAbsent(row.getString("destination"), name -> new EnumMap<>(DeliveryState.class))
                            .put(
                                    DeliveryState.of(row.getString("state")),
                                    new Count(row.getLong("deliveries"), Sql.instant(row, "last_at", context)));
                    return true;
                })
                .list();
        return counts;
    }

    /**
     * @param deliveries in a state
     * @param lastAt when one last came into it; null if not known
     */
    record Count(long deliveries, Instant lastAt) {

        static final Count NONE = new Count(0, null);
    }

    private record Key(String destination, DeliveryState state) {}
}
