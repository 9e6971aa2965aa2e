package org.exportrelay.component;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.Processor;
import org.apache.camel.RollbackExchangeException;
import org.apache.camel.spi.ShutdownStrategy;
import org.apache.camel.support.ScheduledBatchPollingConsumer;
import org.exportrelay.config.Counts;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.FixedPool;
import org.exportrelay.ledger.DeliveryQueue;
import org.exportrelay.ledger.FileLocations;
import org.exportrelay.ledger.RetryUntilRecorded;
import org.exportrelay.log.LogEvent;
import org.exportrelay.log.LogField;
import org.jboss.logging.Logger;

/**
 * Polls the ledger every {@code delay}, claims as many due deliveries as it has room for, routes each as one exchange,
 * and records the outcome when the exchange is done. A stopped or suspended route claims nothing; what it has claimed
 * is finished or released.
 */
final class ExportsConsumer extends ScheduledBatchPollingConsumer {

    private static final Logger LOG = Logger.getLogger(ExportsConsumer.class);
    private static final long RELEASE_MILLIS = 200;
    private static final long IDLE_MILLIS = 50;
    private static final long GATHER_MILLIS = 20;

    private final ExportsEndpoint endpoint;
    private final Semaphore room;
    private final Ramp ramp;
    private volatile Destination destination;
    private volatile boolean interrupted;
    private DeliveryQueue queue;
    private DeliveryExchanges exchanges;
    private DeliveryResults results;
    private FileLocations locations;
    private ExecutorService workers;

    ExportsConsumer(ExportsEndpoint endpoint, Processor processor) {
        super(endpoint, processor);
        this.endpoint = endpoint;
        this.room = new Semaphore(endpoint.getParallel());
        this.ramp = new Ramp(endpoint.getParallel());
    }

    @Override
    protected void doStart() throws Exception {
        Destination starting = endpoint.asDestination().under(RouteDigest.of(getRoute()));
        endpoint.services().destinations().start(starting);
        queue = endpoint.services().queue();
        exchanges = endpoint.services().exchanges();
        results = endpoint.services().results();
        locations = endpoint.services().locations();
        destination = starting;
        interrupted = false;
        workers = FixedPool.create(endpoint.getCamelContext(), this, endpoint.getEndpointUri(), endpoint.getParallel());
        super.doStart();
    }

    @Override
    protected void doStop() throws Exception {
        super.doStop();
        if (destination == null) {
            return;
        }
        try {
            finishOrRelease();
        } finally {
            endpoint.services().destinations().stop(destination.name());
            destination = null;
        }
    }

    /**
     * Deliveries in flight may run for as long as Camel lets routes take to stop; then they are interrupted, and
     * released if they fail for that. One that does not end even so stays claimed while this process lives, and its
     * outcome is recorded if it ever ends: no other instance makes the same delivery meanwhile.
     */
    private void finishOrRelease() {
        ShutdownStrategy strategy = endpoint.getCamelContext().getShutdownStrategy();
        long patience = strategy.isTimeoutOccurred()
                ? IDLE_MILLIS
                : strategy.getTimeUnit().toMillis(strategy.getTimeout());
        endpoint.getCamelContext().getExecutorServiceManager().shutdown(workers);
        if (workersEnd(patience)) {
            return;
        }
        LogEvent.DELIVERY_INTERRUPTED
                .on(LOG)
                .with(LogField.DESTINATION, endpoint.getDestination())
                .warnf(
                        "exports:%s: the route stops, and %s",
                        endpoint.getDestination(),
                        Counts.text(
                                endpoint.getParallel() - room.availablePermits(),
                                "delivery did not finish in time; it is interrupted, and retried unless it still succeeds",
                                "deliveries did not finish in time; they are interrupted, and retried unless they still"
                                        + " succeed"));
        interrupted = true;
        workers.shutdownNow();
        workersEnd(RELEASE_MILLIS);
    }

    private boolean workersEnd(long withinMillis) {
        try {
            return workers.awaitTermination(withinMillis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException timeIsUp) {
            // Camel's own time-out for this stop; the thread is Camel's and serves nothing else.
            return workers.isTerminated();
        }
    }

    @Override
    protected int poll() throws Exception {
        shutdownRunningTask = null;
        pendingExchanges = 0;
        if (!mayClaim()) {
            return 0;
        }
        int free = awaitRoom();
        List<Delivery> claimed = List.of();
        try {
            // Asked again, since the wait for room may have taken as long as a delivery does.
            claimed = mayClaim() ? claim(free) : List.of();
        } catch (RuntimeException e) {
            // Maintenance reports it once; each poll of each destination meets it.
            LOG.debugf(e, "exports:%s: the ledger cannot be read now", endpoint.getDestination());
        } finally {
            room.release(free - claimed.size());
        }
        return processBatch(new ArrayDeque<>(claimed));
    }

    private List<Delivery> claim(int free) {
        if (!queue.isWorking(destination)) {
            ramp.restart();
        }
        int inFlight = endpoint.getParallel() - room.availablePermits() - free;
        int most = Math.min(free, ramp.limit() - inFlight);
        return most > 0 ? queue.claim(destination, most) : List.of();
    }

    /**
     * Where deliveries end in quick succession, waits for the room of half of them: a claim of one costs about as much
     * as a claim of many.
     */
    private int awaitRoom() throws InterruptedException {
        room.acquire();
        int others = endpoint.getParallel() / 2 - 1;
        boolean gathered = others > 0 && room.tryAcquire(others, GATHER_MILLIS, TimeUnit.MILLISECONDS);
        return 1 + (gathered ? others : 0) + room.drainPermits();
    }

    private boolean mayClaim() {
        return isBatchAllowed() && !isSuspendingOrSuspended() && !isStoppingOrStopped();
    }

    @Override
    public int processBatch(Queue<Object> claimed) {
        int total = claimed.size();
        for (int index = 0; !claimed.isEmpty(); index++) {
            Delivery delivery = (Delivery) claimed.poll();
            pendingExchanges = claimed.size();
            Destination to = destination;
            try {
                Exchange exchange = createExchange(false);
                exchange.setProperty(ExchangePropertyKey.BATCH_INDEX, index);
                exchange.setProperty(ExchangePropertyKey.BATCH_SIZE, total);
                exchange.setProperty(ExchangePropertyKey.BATCH_COMPLETE, claimed.isEmpty());
                workers.execute(() -> {
                    try {
                        deliver(delivery, exchange, to);
                    } finally {
                        room.release();
                    }
                });
            } catch (RuntimeException | Error notStarted) {
                // The route stops, or the system has no more threads or memory for now.
                room.release();
                record(delivery, () -> queue.release(delivery));
            }
        }
        return total;
    }

    private void deliver(Delivery delivery, Exchange exchange, Destination to) {
        long start = System.nanoTime();
        DeliveryFiles files = new DeliveryFiles(delivery, locations, endpoint.isOverwrite());
        exchange.setProperty(DeliveryFiles.PROPERTY, files);
        Attempt attempt = route(delivery, exchange);
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        if (interrupted) {
            // The interrupt was for the route; the outcome must still be recorded.
            Thread.interrupted();
        }
        // Comes after the unit of work is done, transactions of the route's producers included: the destination has
        // what the ledger says is delivered.
        AtomicBoolean answered = new AtomicBoolean();
        record(delivery, () -> answered.set(end(delivery, attempt, took, files, to)));
        // Once, however often the ledger had to be tried.
        if (answered.get()) {
            ramp.widen();
        }
        releaseExchange(exchange, false);
    }

    /** Returns whether the destination has accepted the delivery, or is not to blame that it did not. */
    private boolean end(Delivery delivery, Attempt attempt, Duration took, DeliveryFiles files, Destination to) {
        if (attempt.failure() == null && attempt.handedOver()) {
            return results.delivered(delivery, endpoint.getPayload(), took, files.location());
        }
        if (interrupted) {
            queue.release(delivery);
            return false;
        }
        return attempt.failure() == null
                ? results.skipped(delivery, endpoint.getPayload())
                : results.failed(delivery, endpoint.getPayload(), attempt.failure(), to.retries());
    }

    private Attempt route(Delivery delivery, Exchange exchange) {
        Handover handover;
        try {
            handover = exchanges.fill(exchange, delivery, endpoint.getPayload(), endpoint.getBatchSize());
            getProcessor().process(exchange);
        } catch (Throwable e) {
            // An Error too must not leave the delivery claimed.
            return new Attempt(e, false);
        }
        if (exchange.getException() == null && (exchange.isRollbackOnly() || exchange.isRollbackOnlyLast())) {
            return new Attempt(
                    new RollbackExchangeException("the route marked the delivery for rollback", exchange), false);
        }
        return new Attempt(exchange.getException(), handover.isMade());
    }

    /**
     * How an exchange ended.
     *
     * @param failure null if there was none
     * @param handedOver whether an endpoint has accepted the export
     */
    private record Attempt(Throwable failure, boolean handedOver) {}

    /** A destination that has accepted a delivery must not receive it twice because the ledger was unavailable. */
    private void record(Delivery delivery, Runnable outcome) {
        try {
            while (!RetryUntilRecorded.run(outcome, failure -> logUnrecorded(delivery, failure))) {
                if (!interrupted) {
                    queue.abandon(delivery);
                    return;
                }
                // The interrupt was for a route that hangs: recording is retried for as long as the process lives.
                Thread.interrupted();
            }
        } catch (Error e) {
            // Its lease must end: no thread of this process records its outcome any more.
            queue.abandon(delivery);
            LogEvent.DELIVERY_UNRECORDED
                    .on(LOG)
                    .with(delivery.logFields())
                    .errorf(
                            e,
                            "exports:%s: cannot record the outcome of %s (%s); it is delivered again after"
                                    + " relay.delivery.lease",
                            delivery.destination(),
                            delivery.file().uniqueName(),
                            e);
        }
    }

    private static void logUnrecorded(Delivery delivery, RuntimeException failure) {
        LogEvent.DELIVERY_UNRECORDED
                .on(LOG)
                .with(delivery.logFields())
                .errorf(
                        "exports:%s: cannot record the outcome of %s in the ledger (%s); retrying every second",
                        delivery.destination(),
                        delivery.file().uniqueName(),
                        failure.getClass().getSimpleName());
        LOG.debug("cannot record an outcome in the ledger", failure);
    }
}
