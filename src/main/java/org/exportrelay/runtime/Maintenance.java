package org.exportrelay.runtime;

import io.quarkus.arc.All;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.exportrelay.api.ApiClock;
import org.exportrelay.config.Counts;
import org.exportrelay.config.Durations;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.SettingsException;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.FailureLog;
import org.exportrelay.download.Downloads;
import org.exportrelay.download.Spool;
import org.exportrelay.download.SpoolEviction;
import org.exportrelay.ledger.DeliveryCountCheck;
import org.exportrelay.ledger.DeliveryCreator;
import org.exportrelay.ledger.DeliveryExpiry;
import org.exportrelay.ledger.DeliveryQueue;
import org.exportrelay.ledger.DestinationRegistry;
import org.exportrelay.ledger.DownloadQueue;
import org.exportrelay.ledger.Instances;
import org.exportrelay.ledger.PollLease;
import org.exportrelay.ledger.SharedUrls;
import org.exportrelay.ledger.SpooledDeliveries;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.log.LogEvent;
import org.exportrelay.log.LogField;
import org.jboss.logging.Logger;

/**
 * Keeps the ledger moving beside the routes: takes over what the last process left, creates deliveries, schedules
 * downloads, frees the spool and ends what has expired. One thread runs all steps, so that none overlaps another; it
 * works until the routes have stopped.
 */
@Singleton
public class Maintenance {

    private static final Logger LOG = Logger.getLogger(Maintenance.class);
    private static final Duration PERIOD = Duration.ofMillis(500);
    /** After a delivery has ended, so that its successor need not wait for the period. */
    private static final Duration SOON = Duration.ofMillis(50);

    private static final Duration SLOW_PERIOD = Duration.ofSeconds(5);
    /** Often, since only the instance that polls at the moment checks expectations. */
    private static final Duration EXPECTATIONS_PERIOD = Duration.ofSeconds(15);
    /** For what reads all that the spool has, which may be tens of thousands of files. */
    private static final Duration LONG_PERIOD = Duration.ofMinutes(1);
    /** For what reads the URLs of all exports that wait. */
    private static final Duration URLS_PERIOD = Duration.ofMinutes(10);
    /** For what reads all deliveries. */
    private static final Duration COUNTS_PERIOD = Duration.ofMinutes(10);
    /** The steps share a thread, and some of them delete thousands of files at times. */
    private static final Duration LIMIT = Duration.ofMinutes(3);
    /** After the stop, for the step that runs. */
    private static final Duration LAST_STEP = Duration.ofSeconds(2);
    /** Transactions that create deliveries before the other steps have their turn. */
    private static final int BATCHES_PER_STEP = 10;

    private final CamelContext context;
    private final RelaySettings settings;
    private final ApiClock apiClock;
    private final LedgerDatabase database;
    private final DestinationRegistry destinations;
    private final Instances instances;
    private final DeliveryCreator creator;
    private final DeliveryQueue deliveries;
    private final DeliveryExpiry expiry;
    private final DownloadQueue downloadQueue;
    private final SpooledDeliveries spooledDeliveries;
    private final SharedUrls sharedUrls;
    private final PollLease pollLease;
    private final Downloads downloads;
    private final Spool spool;
    private final SpoolEviction eviction;
    private final HoldLog holds;
    private final List<MaintenanceStep> contributed;
    private final LedgerReader reader;
    private final BacklogForecast backlog;
    private final RelayEvents events;
    private final ExpectationCheck expectations;
    private final FailureLog failureLog;
    private final LedgerFailures failures;
    private final StepProgress progress;

    private final AtomicBoolean isSoon = new AtomicBoolean();

    private ScheduledExecutorService scheduler;
    private CompletableFuture<Void> downloadsStop = CompletableFuture.completedFuture(null);

    @Inject
    Maintenance(
            CamelContext context,
            RelaySettings settings,
            ApiClock apiClock,
            LedgerDatabase database,
            DestinationRegistry destinations,
            Instances instances,
            DeliveryCreator creator,
            DeliveryQueue deliveries,
            DeliveryExpiry expiry,
            DownloadQueue downloadQueue,
            SpooledDeliveries spooledDeliveries,
            SharedUrls sharedUrls,
            PollLease pollLease,
            Downloads downloads,
            Spool spool,
            SpoolEviction eviction,
            HoldLog holds,
            @All List<MaintenanceStep> contributed,
            LedgerReader reader,
            BacklogForecast backlog,
            RelayEvents events,
            ExpectationCheck expectations,
            FailureLog failureLog,
            LedgerFailures failures,
            StepProgress progress) {
        this.context = context;
        this.settings = settings;
        this.apiClock = apiClock;
        this.database = database;
        this.destinations = destinations;
        this.instances = instances;
        this.creator = creator;
        this.deliveries = deliveries;
        this.expiry = expiry;
        this.downloadQueue = downloadQueue;
        this.spooledDeliveries = spooledDeliveries;
        this.sharedUrls = sharedUrls;
        this.pollLease = pollLease;
        this.downloads = downloads;
        this.spool = spool;
        this.eviction = eviction;
        this.holds = holds;
        this.contributed = contributed;
        this.reader = reader;
        this.backlog = backlog;
        this.events = events;
        this.expectations = expectations;
        this.failureLog = failureLog;
        this.failures = failures;
        this.progress = progress;
    }

    /**
     * Before any route starts, so that no new claim is mistaken for an old one.
     *
     * @throws SettingsException if the spool cannot be used
     */
    void takeOver() {
        if (database.isExclusive()) {
            pollLease.takeOver();
            int left = deliveries.takeOver();
            if (left > 0) {
                LogEvent.DELIVERY_TAKEN_OVER
                        .on(LOG)
                        .infof(
                                "taking over %s in flight when the last process ended",
                                Counts.text(left, "delivery that was", "deliveries that were"));
            }
        }
        instances.started();
        downloads.start();
    }

    void start() {
        scheduler = context.getExecutorServiceManager().newSingleThreadScheduledExecutor(this, "maintenance");
        contributed.forEach(step -> every(SLOW_PERIOD, step.name(), step::run));
        every(PERIOD, "create deliveries", () -> destinations.arrived(creator.createDeliveries(BATCHES_PER_STEP)));
        Step freeing = every(PERIOD, "free the spool of delivered files", spool::releaseEnded);
        Step scheduling = every(PERIOD, "schedule downloads", downloads::schedule);
        spool.onDeliveryEnded(() -> soon(freeing, scheduling));
        every(SLOW_PERIOD, "release ended leases on deliveries", () -> afterRenewals(deliveries::releaseEndedLeases));
        every(
                SLOW_PERIOD,
                "release ended leases on files",
                () -> afterRenewals(() -> downloadQueue.releaseEndedLeases(spool.claimed())));
        every(
                SLOW_PERIOD,
                "end expired deliveries",
                () -> logExpired(expiry.expire(
                        apiClock.certainlyPast(), settings.download().minValidity())));
        every(LONG_PERIOD, "free the spool of files that no delivery waits for", spool::releaseUnneeded);
        every(LONG_PERIOD, "repair which spool has the files of deliveries", spooledDeliveries::repair);
        every(URLS_PERIOD, "delete the URLs that no delivery waits for", sharedUrls::deleteUnneeded);
        every(SLOW_PERIOD, "log pauses and windows", holds::update);
        every(SLOW_PERIOD, "record whether the API refuses requests", events::recordApi);
        if (!database.isExclusive()) {
            every(COUNTS_PERIOD, "correct the counters of deliveries", this::correctCounts);
        }
        every(LONG_PERIOD, "delete events after their retention", events::deleteOld);
        // The first poll of a process must have had time to bring what is expected.
        every(LONG_PERIOD, EXPECTATIONS_PERIOD, "check whether expected exports were delivered", expectations::check);
        every(SLOW_PERIOD, "log the number of repeated failures", failureLog::update);
        every(LONG_PERIOD, "log how long a backlog will take", backlog::check);
        every(LONG_PERIOD, "find the files that are only kept", eviction::refresh);
        every(Instances.PERIOD, "report that this instance runs", this::reportRunning);
        every(SLOW_PERIOD, "read the ledger for metrics and health checks", reader::read);
    }

    /**
     * After a time in which no instance could renew its leases, each has time to do so before others release what it
     * has claimed.
     */
    private void afterRenewals(Runnable release) {
        if (failures.hasNoneFor(settings.delivery().lease().dividedBy(2))) {
            release.run();
        }
    }

    /** One instance at a time. Wrong counters must fail no health check, nor stop the release of leases. */
    private void correctCounts() {
        try {
            if (pollLease.isPoller()) {
                new DeliveryCountCheck(database).correct();
            }
        } catch (RuntimeException e) {
            if (!LedgerDatabase.isFault(e)) {
                throw e;
            }
            LOG.debug("the counters of deliveries cannot be corrected now", e);
        }
    }

    /** Not while the routes stop: those that have stopped first would seem to be missing. */
    private void reportRunning() {
        Collection<Destination> running = destinations.running();
        if (!context.isStopping()) {
            instances.report(running);
        }
    }

    private Step every(Duration interval, String name, Runnable work) {
        return every(Duration.ZERO, interval, name, work);
    }

    private Step every(Duration first, Duration interval, String name, Runnable work) {
        progress.expectEvery(name, Durations.longer(first, interval), LIMIT);
        Step step = new Step(name, work, failures, progress);
        scheduler.scheduleWithFixedDelay(step, first.toMillis(), interval.toMillis(), TimeUnit.MILLISECONDS);
        return step;
    }

    /** A delivery has ended. Those that end in quick succession share a run of the steps, which comes before their period. */
    private void soon(Step freeing, Step scheduling) {
        // Alone on its ledger, the relay downloads ahead without regard to what is delivered.
        boolean isDownloadDue = downloads.waitForRoom() || !database.isExclusive();
        if (!isDownloadDue || !isSoon.compareAndSet(false, true)) {
            return;
        }
        try {
            scheduler.schedule(
                    () -> {
                        isSoon.set(false);
                        if (downloads.waitForRoom()) {
                            freeing.run();
                        }
                        scheduling.run();
                    },
                    SOON.toMillis(),
                    TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException stopped) {
            LOG.debug("the routes have stopped; the next start frees the spool", stopped);
        }
    }

    /** Beside the routes' own stop, whose time it must not use up. */
    void stopDownloads() {
        ExecutorService stopper = context.getExecutorServiceManager().newSingleThreadExecutor(this, "stop-downloads");
        downloadsStop = CompletableFuture.runAsync(downloads::stop, stopper);
    }

    void stop() {
        downloadsStop.join();
        failureLog.close();
        if (scheduler == null) {
            return;
        }
        context.getExecutorServiceManager().shutdownGraceful(scheduler, LAST_STEP.toMillis());
        progress.clear();
        atLast(events::recordApi);
        atLast(expectations::check);
        atLast(instances::stopped);
        atLast(spool::releaseEnded);
    }

    /** What cannot be recorded at the end is recorded, or released, by the next start. */
    private static void atLast(Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            LOG.debug("a last step of maintenance failed", e);
        }
    }

    /** Records now what the slow steps would record, so that the routes that read events send it before the end. */
    public void recordConditions() throws InterruptedException {
        try {
            scheduler
                    .submit(() -> {
                        atLast(events::recordApi);
                        atLast(expectations::check);
                    })
                    .get();
        } catch (ExecutionException | RejectedExecutionException e) {
            LOG.debug("conditions could not be recorded", e);
        }
    }

    private static void logExpired(List<String> expired) {
        expired.stream()
                .collect(Collectors.groupingBy(name -> name, TreeMap::new, Collectors.counting()))
                .forEach((name, count) -> LogEvent.DELIVERY_EXPIRED
                        .on(LOG)
                        .with(LogField.DESTINATION, name)
                        .errorf(
                                "exports:%s: %s: the URLs of the exports are no longer valid; run the exports again",
                                name,
                                Counts.text(
                                        count,
                                        "delivery expired before it was made",
                                        "deliveries expired before they were made")));
    }
}
