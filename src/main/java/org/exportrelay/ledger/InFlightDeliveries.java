package org.exportrelay.ledger;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.exportrelay.delivery.Delivery;

/** The deliveries that this process has claimed and whose outcome is not recorded yet. Thread-safe. */
final class InFlightDeliveries {

    /** Their ids, by destination. */
    private final Map<String, Set<String>> all = new ConcurrentHashMap<>();
    /** Those of destinations that were down when they were claimed. */
    private final Set<String> probes = ConcurrentHashMap.newKeySet();

    void add(Collection<Delivery> claimed) {
        claimed.forEach(delivery -> all.computeIfAbsent(delivery.destination(), name -> ConcurrentHashMap.newKeySet())
                .add(delivery.deliveryId()));
    }

    void addProbes(Collection<Delivery> claimed) {
        add(claimed);
        claimed.forEach(delivery -> probes.add(delivery.deliveryId()));
    }

    void remove(Delivery delivery) {
        Set<String> ofDestination = all.get(delivery.destination());
        if (ofDestination != null) {
            ofDestination.remove(delivery.deliveryId());
        }
        probes.remove(delivery.deliveryId());
    }

    boolean isProbe(Delivery delivery) {
        return probes.contains(delivery.deliveryId());
    }

    boolean contains(String deliveryId) {
        return all.values().stream().anyMatch(ids -> ids.contains(deliveryId));
    }

    /** Those of a destination, for an IN list: at most as many as its route delivers at the same time. */
    List<String> of(String destination) {
        return Sql.ids(all.getOrDefault(destination, Set.of()));
    }

    /** Those of all destinations, which may be too many for the parameters of a statement. */
    List<String> ids() {
        return all.values().stream().flatMap(Collection::stream).toList();
    }
}
