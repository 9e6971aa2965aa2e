package org.exportrelay.runtime;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Inject;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.camel.spi.CamelEvent.CamelContextStartedEvent;
import org.apache.camel.spi.CamelEvent.CamelContextStartingEvent;
import org.apache.camel.spi.CamelEvent.CamelContextStoppedEvent;
import org.apache.camel.spi.CamelEvent.CamelContextStoppingEvent;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.download.Downloads;
import org.exportrelay.download.Spool;
import org.exportrelay.ledger.DeliveryQueue;
import org.exportrelay.ledger.DestinationRegistry;
import org.exportrelay.ledger.DownloadQueue;
import org.exportrelay.ledger.PollLease;
import org.exportrelay.ledger.Progress;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jboss.logging.Logger;

/**
 * Keeps the ledger moving beside the routes: takes over what the last process left, renews leases,
 * gives destinations their new deliveries, starts downloads, and ends what has expired. One thread
 * does it all, so that none of it overlaps; it works on until the routes have stopped.
 */
@ApplicationScoped
public class Maintenance {

    private static final Logger LOG = Logger.getLogger(Maintenance.class);
    private static final Duration PERIOD = Duration.ofMillis(500);
    private static final Duration SLOW_PERIOD = Duration.ofSeconds(5);
    private static final int RENEWALS_PER_LEASE = 4;
    /** A delivery that still waits so shortly before its export ends is likely to miss it. */
    private static final Duration RISKY = Duration.ofHours(1);

    private final RelaySettings settings;
    private final LedgerDatabase database;
    private final DestinationRegistry destinations;
    private final DeliveryQueue deliveries;
    private final DownloadQueue downloadQueue;
    private final PollLease poller;
    private final Downloads downloads;
    private final Spool spool;
    private final Progress progress;
    private final RelayMetrics metrics;

    private ScheduledExecutorService scheduler;
    private CompletableFuture<Void> downloadsStop = CompletableFuture.completedFuture(null);
    private Instant nextSlowRound = Instant.EPOCH;
    private Instant nextRenewal = Instant.EPOCH;
    private Map<String, Long> toldRisks = Map.of();
    private boolean troubled;

    @Inject
    Maintenance(
            RelaySettings settings,
            LedgerDatabase database,
            DestinationRegistry destinations,
            DeliveryQueue deliveries,
            DownloadQueue downloadQueue,
            PollLease poller,
            Downloads downloads,
            Spool spool,
            Progress progress,
            RelayMetrics metrics) {
        this.settings = settings;
        this.database = database;
        this.destinations = destinations;
        this.deliveries = deliveries;
        this.downloadQueue = downloadQueue;
        this.poller = poller;
        this.downloads = downloads;
        this.spool = spool;
        this.progress = progress;
        this.metrics = metrics;
    }

    /** Before any route starts, so that no new claim is mistaken for an old one. */
    void takeOver(@Observes CamelContextStartingEvent event) throws IOException {
        if (database.isExclusive()) {
            poller.takeOver();
            int left = deliveries.takeOver();
            if (left > 0) {
                LOG.infof("taking over %d deliveries that were under way when the last process ended", left);
            }
        }
        downloads.start();
    }

    void start(@Observes CamelContextStartedEvent event) {
        scheduler = Executors.newSingleThreadScheduledExecutor(task -> new Thread(task, "housekeeping"));
        scheduler.scheduleWithFixedDelay(this::keep, 0, PERIOD.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Beside the routes' own stop, whose time it must not use up. */
    void stopDownloads(@Observes CamelContextStoppingEvent event) {
        downloadsStop = CompletableFuture.runAsync(downloads::stop);
    }

    void stop(@Observes CamelContextStoppedEvent event) {
        downloadsStop.join();
        if (scheduler == null) {
            return;
        }
        scheduler.shutdownNow();
        try {
            spool.releaseSettled();
        } catch (RuntimeException e) {
            LOG.debug("files of the spool could not be released; the next start does it", e);
        }
    }

    /** Renewals come first: whatever else fails must not cost this process what it holds. */
    private void keep() {
        try {
            Instant now = Instant.now();
            poller.renew();
            if (!now.isBefore(nextRenewal)) {
                deliveries.renewLeases();
                downloadQueue.renewLeases();
                nextRenewal = now.plus(settings.delivery().lease().dividedBy(RENEWALS_PER_LEASE));
            }
            destinations.enrol();
            spool.releaseSettled();
            downloads.look();
            if (!now.isBefore(nextSlowRound)) {
                nextSlowRound = now.plus(SLOW_PERIOD);
                deliveries.releaseEndedLeases();
                downloadQueue.releaseEndedLeases();
                tellExpired(deliveries.expire(settings.download().minValidity()));
                spool.releaseDone();
                showProgress();
            }
            recovered();
        } catch (Throwable e) {
            // An Error too, since nothing that escapes from here is ever scheduled again.
            failed(e);
        }
    }

    private static void tellExpired(List<String> expired) {
        expired.stream()
                .collect(Collectors.groupingBy(name -> name, TreeMap::new, Collectors.counting()))
                .forEach((name, count) -> LOG.errorf(
                        "exports:%s: %d deliveries expired: the URLs of their exports ran out first; run the exports again",
                        name, count));
    }

    private void showProgress() {
        List<Progress.Risk> risks = progress.atRisk(RISKY);
        metrics.show(progress, risks);
        risks.stream()
                .filter(risk -> risk.deliveries() > toldRisks.getOrDefault(risk.destination(), 0L))
                .forEach(risk -> LOG.warnf(
                        "exports:%s: %d deliveries are likely to miss their expiry, the first at %s; see why they fail",
                        risk.destination(), risk.deliveries(), risk.firstEnd()));
        toldRisks = risks.stream().collect(Collectors.toMap(Progress.Risk::destination, Progress.Risk::deliveries));
    }

    /** Tells trouble once, not twice a second. */
    private void failed(Throwable e) {
        if (!troubled) {
            LOG.errorf(
                    "the ledger cannot be used now (%s); work pauses and goes on by itself when it can",
                    LedgerDatabase.describe(e));
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
