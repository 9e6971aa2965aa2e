package org.exportrelay.component;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.camel.spi.CamelEvent.CamelContextStartedEvent;
import org.apache.camel.spi.CamelEvent.CamelContextStartingEvent;
import org.apache.camel.spi.CamelEvent.CamelContextStoppingEvent;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.ledger.DeliveryQueue;
import org.exportrelay.ledger.Destination;
import org.exportrelay.ledger.Destinations;
import org.exportrelay.ledger.Poller;
import org.exportrelay.transfer.Downloads;
import org.jboss.logging.Logger;

/**
 * Keeps the ledger moving beside the routes: takes over what the last process left, gives
 * destinations their new deliveries, starts downloads, renews leases and ends what has expired. One
 * thread does it all, so that none of it overlaps.
 */
@ApplicationScoped
public class Housekeeping {

    private static final Logger LOG = Logger.getLogger(Housekeeping.class);
    private static final Duration PERIOD = Duration.ofMillis(200);
    private static final Duration SLOW_PERIOD = Duration.ofSeconds(1);
    private static final int RENEWALS_PER_LEASE = 4;

    private final RelaySettings settings;
    private final Destinations destinations;
    private final DeliveryQueue deliveries;
    private final Downloads downloads;
    private final Poller poller;

    private ScheduledExecutorService scheduler;
    private Instant nextExpiry = Instant.EPOCH;
    private Instant nextRenewal = Instant.EPOCH;
    private boolean troubled;

    @Inject
    Housekeeping(
            RelaySettings settings,
            Destinations destinations,
            DeliveryQueue deliveries,
            Downloads downloads,
            Poller poller) {
        this.settings = settings;
        this.destinations = destinations;
        this.deliveries = deliveries;
        this.downloads = downloads;
        this.poller = poller;
    }

    /** Before any route starts, so that no new claim is mistaken for an old one. */
    void takeOver(@Observes CamelContextStartingEvent event) throws IOException {
        int left = deliveries.takeOver();
        if (left > 0) {
            LOG.infof("taking over %d deliveries that were under way when the last process ended", left);
        }
        downloads.start();
    }

    void start(@Observes CamelContextStartedEvent event) {
        scheduler = Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "housekeeping"));
        scheduler.scheduleWithFixedDelay(this::keep, 0, PERIOD.toMillis(), TimeUnit.MILLISECONDS);
    }

    void stop(@Observes CamelContextStoppingEvent event) {
        if (scheduler != null) {
            scheduler.shutdown();
        }
        downloads.stop();
    }

    private void keep() {
        try {
            destinations.enrol();
            downloads.look();
            poller.renew();
            Instant now = Instant.now();
            if (!now.isBefore(nextExpiry)) {
                nextExpiry = now.plus(SLOW_PERIOD);
                destinations.running().forEach(this::expire);
                deliveries.releaseEndedLeases();
            }
            if (!now.isBefore(nextRenewal)) {
                nextRenewal = now.plus(settings.delivery().lease().dividedBy(RENEWALS_PER_LEASE));
                deliveries.renewLeases();
            }
            recovered();
        } catch (RuntimeException e) {
            failed(e);
        }
    }

    private void expire(Destination destination) {
        int expired = deliveries.expire(destination, settings.download().minValidity());
        if (expired > 0) {
            LOG.errorf(
                    "exports:%s: %d deliveries expired: the URLs of their exports ran out first; run the exports again",
                    destination.name(), expired);
        }
    }

    /** Tells trouble once, not five times a second. */
    private void failed(RuntimeException e) {
        if (!troubled) {
            LOG.errorf(
                    "the ledger cannot be used now (%s); work pauses and goes on by itself when it can",
                    e.getMessage());
            LOG.debug("the ledger cannot be used now", e);
        }
        troubled = true;
    }

    private void recovered() {
        if (troubled) {
            LOG.info("the ledger can be used again");
        }
        troubled = false;
    }
}
