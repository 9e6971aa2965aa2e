package org.exportrelay.component;

import jakarta.inject.Inject;
import jakarta.inject.Provider;
import jakarta.inject.Singleton;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.delivery.DeliveryFailures;
import org.exportrelay.delivery.RetryPolicy;
import org.exportrelay.ledger.EventCursors;
import org.exportrelay.ledger.Events;

/**
 * The parts of the relay that {@code export-events:} works with. The ledger's are created when a consumer starts: to
 * check a route opens no ledger.
 */
@Singleton
public class EventServices {

    private final RetryPolicy retries;
    private final DeliveryFailures failures;
    private final Provider<EventCursors> cursors;
    private final Provider<Events> events;

    @Inject
    EventServices(
            RelaySettings settings,
            DeliveryFailures failures,
            Provider<EventCursors> cursors,
            Provider<Events> events) {
        this(
                new RetryPolicy(
                        settings.delivery().maxAttempts(),
                        settings.delivery().retryDelay(),
                        settings.delivery().maxRetryDelay()),
                failures,
                cursors,
                events);
    }

    /**
     * @param retries how long a route waits after a failure
     */
    EventServices(
            RetryPolicy retries, DeliveryFailures failures, Provider<EventCursors> cursors, Provider<Events> events) {
        this.retries = retries;
        this.failures = failures;
        this.cursors = cursors;
        this.events = events;
    }

    RetryPolicy retries() {
        return retries;
    }

    DeliveryFailures failures() {
        return failures;
    }

    EventCursors cursors() {
        return cursors.get();
    }

    Events events() {
        return events.get();
    }
}
