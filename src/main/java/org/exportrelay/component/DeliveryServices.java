package org.exportrelay.component;

import jakarta.inject.Inject;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import java.net.URI;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.ledger.DeliveryQueue;
import org.exportrelay.ledger.DestinationRegistry;
import org.exportrelay.ledger.DueDeliveries;
import org.exportrelay.ledger.FileLocations;
import org.exportrelay.trace.RelayTraces;

/**
 * The parts of the relay that endpoints work with. Each is created when an endpoint first asks for it, which a consumer
 * does at its start: to check a route opens no ledger.
 */
@Singleton
public class DeliveryServices {

    private final RelaySettings settings;
    private final Provider<DestinationRegistry> destinations;
    private final Provider<DeliveryQueue> queue;
    private final Provider<DueDeliveries> due;
    private final Provider<DeliveryExchanges> exchanges;
    private final Provider<DeliveryResults> results;
    private final Provider<FileLocations> locations;
    private final Provider<RelayTraces> traces;

    @Inject
    DeliveryServices(
            RelaySettings settings,
            Provider<DestinationRegistry> destinations,
            Provider<DeliveryQueue> queue,
            Provider<DueDeliveries> due,
            Provider<DeliveryExchanges> exchanges,
            Provider<DeliveryResults> results,
            Provider<FileLocations> locations,
            Provider<RelayTraces> traces) {
        this.settings = settings;
        this.destinations = destinations;
        this.queue = queue;
        this.due = due;
        this.exchanges = exchanges;
        this.results = results;
        this.locations = locations;
        this.traces = traces;
    }

    /** How failed deliveries are retried, unless their route says otherwise. */
    RelaySettings.Delivery retryDefaults() {
        return settings.delivery();
    }

    /** Of the API whose exports are delivered. */
    URI apiUrl() {
        return settings.api().url();
    }

    DestinationRegistry destinations() {
        return destinations.get();
    }

    /** Where deliveries are claimed, released and asked about. */
    public DeliveryQueue queue() {
        return queue.get();
    }

    /** Which destinations have something to claim. */
    DueDeliveries due() {
        return due.get();
    }

    DeliveryExchanges exchanges() {
        return exchanges.get();
    }

    DeliveryResults results() {
        return results.get();
    }

    /** Which delivery has which place at a destination. */
    FileLocations locations() {
        return locations.get();
    }

    RelayTraces traces() {
        return traces.get();
    }
}
