package org.exportrelay.ledger;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.exportrelay.delivery.Delivery;

/** The deliveries that this process has claimed and whose outcome is not recorded yet. Thread-safe. */
final class InFlightDeliveries {

    private final Set<String> all = ConcurrentHashMap.newKeySet();
    /** Those of destinations that were down when they were claimed. */
    private final Set<String> probes = ConcurrentHashMap.newKeySet();

    void add(Collection<Delivery> claimed) {
        claimed.forEach(delivery -> all.add(delivery.deliveryId()));
    }

    void addProbes(Collection<Delivery> claimed) {
        add(claimed);
        claimed.forEach(delivery -> probes.add(delivery.deliveryId()));
    }

    void remove(Delivery delivery) {
        all.remove(delivery.deliveryId());
        probes.remove(delivery.deliveryId());
    }

    boolean isProbe(Delivery delivery) {
        return probes.contains(delivery.deliveryId());
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    /** For an IN list. */
    List<String> ids() {
        return Sql.ids(all);
    }
}
