package org.exportrelay.runtime;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.exportrelay.config.Durations;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.download.Spool;
import org.exportrelay.ledger.DeliveryQueue;
import org.exportrelay.ledger.DownloadQueue;
import org.exportrelay.ledger.PollLease;

/**
 * Renews the leases on what this process has claimed, in threads of its own, one for each kind of lease: work that takes
 * long or fails, and a renewal that hangs until its time-out, must not cost the process its other claims. It works until
 * the routes have stopped.
 */
@Singleton
public class LeaseRenewal {

    /** A poll's lease may be as short as its period, a second. */
    private static final Duration POLL_PERIOD = Duration.ofMillis(500);

    /** A shorter pause of the whole machine does not matter. */
    private static final Duration SHORTEST_LIMIT = Duration.ofSeconds(45);

    private static final int RENEWALS_PER_LEASE = 4;
    private static final int KINDS = 3;

    private final CamelContext context;
    private final Duration period;
    private final PollLease pollLease;
    private final DeliveryQueue deliveries;
    private final DownloadQueue downloads;
    private final Spool spool;
    private final LedgerFailures failures;
    private final StepProgress progress;
    private ScheduledExecutorService scheduler;

    @Inject
    LeaseRenewal(
            CamelContext context,
            RelaySettings settings,
            PollLease pollLease,
            DeliveryQueue deliveries,
            DownloadQueue downloads,
            Spool spool,
            LedgerFailures failures,
            StepProgress progress) {
        this.context = context;
        this.period = settings.delivery().lease().dividedBy(RENEWALS_PER_LEASE);
        this.pollLease = pollLease;
        this.deliveries = deliveries;
        this.downloads = downloads;
        this.spool = spool;
        this.failures = failures;
        this.progress = progress;
    }

    void start() {
        scheduler = context.getExecutorServiceManager().newScheduledThreadPool(this, "lease-renewal", KINDS);
        every(POLL_PERIOD, "renew the lease on the poll", pollLease::renew);
        every(period, "renew the leases on deliveries", deliveries::renewLeases);
        every(period, "renew the leases on files", () -> downloads.renewLeases(spool.claimed()));
    }

    private void every(Duration interval, String name, Runnable work) {
        progress.expect(name, Durations.longer(interval.plus(interval.dividedBy(2)), SHORTEST_LIMIT));
        scheduler.scheduleWithFixedDelay(
                new Step(name, work, failures, progress), 0, interval.toMillis(), TimeUnit.MILLISECONDS);
    }

    void stop() {
        if (scheduler != null) {
            scheduler.shutdownNow();
        }
    }
}
