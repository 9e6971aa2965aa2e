package org.exportrelay.component;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.Processor;
import org.apache.camel.RollbackExchangeException;
import org.apache.camel.spi.ShutdownStrategy;
import org.apache.camel.support.ScheduledBatchPollingConsumer;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.Destination;
import org.exportrelay.ledger.RetryUntilRecorded;
import org.jboss.logging.Logger;

/**
 * Looks into the ledger every {@code delay}, claims as many due deliveries as it has room for, routes
 * each as one exchange, and settles it when the exchange is done. A stopped or suspended route
 * claims nothing; what it has claimed is finished, or handed back.
 */
final class ExportsConsumer extends ScheduledBatchPollingConsumer {

    private static final Logger LOG = Logger.getLogger(ExportsConsumer.class);
    private static final long HAND_BACK_MILLIS = 200;
    private static final long IDLE_MILLIS = 50;
    private static final long GATHER_MILLIS = 20;

    private final ExportsEndpoint endpoint;
    private final Deliveries deliveries;
    private final Semaphore room;
    private volatile Destination destination;
    private volatile boolean interrupted;
    private ExecutorService workers;

    ExportsConsumer(ExportsEndpoint endpoint, Processor processor) {
        super(endpoint, processor);
        this.endpoint = endpoint;
        this.deliveries = endpoint.deliveries();
        this.room = new Semaphore(endpoint.getParallel());
    }

    @Override
    protected void doStart() throws Exception {
        Destination starting = endpoint.asDestination();
        deliveries.start(starting);
        destination = starting;
        interrupted = false;
        workers = endpoint.getCamelContext()
                .getExecutorServiceManager()
                .newFixedThreadPool(this, endpoint.getEndpointUri(), endpoint.getParallel());
        super.doStart();
    }

    @Override
    protected void doStop() throws Exception {
        super.doStop();
        if (destination == null) {
            return;
        }
        try {
            finishOrHandBack();
        } finally {
            deliveries.stop(destination);
            destination = null;
        }
    }

    /**
     * What is under way may go on for as long as Camel lets routes take to stop; then it is interrupted,
     * and handed back if it fails for that. What does not end even so stays claimed while this process
     * lives, and settles if it ever ends: nobody makes the same delivery meanwhile.
     */
    private void finishOrHandBack() {
        ShutdownStrategy strategy = endpoint.getCamelContext().getShutdownStrategy();
        long patience = strategy.isTimeoutOccurred()
                ? IDLE_MILLIS
                : strategy.getTimeUnit().toMillis(strategy.getTimeout());
        endpoint.getCamelContext().getExecutorServiceManager().shutdown(workers);
        if (workersEnd(patience)) {
            return;
        }
        LOG.warnf(
                "exports:%s: %d deliveries were under way for too long when the route stopped; interrupted, and made again unless they still succeed",
                endpoint.getDestination(), endpoint.getParallel() - room.availablePermits());
        interrupted = true;
        workers.shutdownNow();
        workersEnd(HAND_BACK_MILLIS);
    }

    private boolean workersEnd(long withinMillis) {
        try {
            return workers.awaitTermination(withinMillis, TimeUnit.MILLISECONDS);
        } catch (InterruptedException timeIsUp) {
            // Camel's own time-out for this stop; the thread is Camel's and serves nothing else.
            return workers.isTerminated();
        }
    }

    /** Goes on claiming while something is due, and returns when nothing is: the delay is for idling. */
    @Override
    protected int poll() throws Exception {
        shutdownRunningTask = null;
        pendingExchanges = 0;
        int polled = 0;
        while (mayClaim()) {
            int free = awaitRoom();
            List<Delivery> claimed = List.of();
            try {
                // Asked again, since making room may have taken as long as a delivery does.
                claimed = mayClaim() ? deliveries.claim(destination, free) : List.of();
            } catch (RuntimeException e) {
                // Told once, by the housekeeping, and not at every look of every destination.
                LOG.debugf(e, "exports:%s: the ledger cannot be asked now", endpoint.getDestination());
            } finally {
                room.release(free - claimed.size());
            }
            if (claimed.isEmpty()) {
                return polled;
            }
            polled += processBatch(new ArrayDeque<>(claimed));
        }
        return polled;
    }

    /**
     * Where deliveries end in quick succession, waits for the room of half of them: a claim of one costs
     * about as much as a claim of many.
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
            Exchange exchange = createExchange(false);
            exchange.setProperty(ExchangePropertyKey.BATCH_INDEX, index);
            exchange.setProperty(ExchangePropertyKey.BATCH_SIZE, total);
            exchange.setProperty(ExchangePropertyKey.BATCH_COMPLETE, claimed.isEmpty());
            Destination to = destination;
            try {
                workers.execute(() -> {
                    try {
                        deliver(delivery, exchange, to);
                    } finally {
                        room.release();
                    }
                });
            } catch (RejectedExecutionException | OutOfMemoryError noThread) {
                // The route stops, or the system has no more threads for now.
                room.release();
                settle(delivery, () -> deliveries.release(delivery));
            }
        }
        return total;
    }

    private void deliver(Delivery delivery, Exchange exchange, Destination to) {
        long start = System.nanoTime();
        Throwable failure = route(delivery, exchange);
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        if (interrupted) {
            // That was for the route; the ledger must still be told.
            Thread.interrupted();
        }
        // Comes after the unit of work is done, transactions of the route's producers included: what is
        // recorded as delivered is with the destination.
        settle(delivery, () -> {
            if (failure == null) {
                deliveries.delivered(delivery, endpoint.getPayload(), took);
            } else if (interrupted) {
                deliveries.release(delivery);
            } else {
                deliveries.failed(delivery, endpoint.getPayload(), failure, to.retries());
            }
        });
        releaseExchange(exchange, false);
    }

    private Throwable route(Delivery delivery, Exchange exchange) {
        try {
            deliveries.fill(exchange, delivery, endpoint.getPayload(), endpoint.getBatchSize());
            getProcessor().process(exchange);
        } catch (Throwable e) {
            // An Error too must not leave the delivery claimed.
            return e;
        }
        if (exchange.getException() == null && (exchange.isRollbackOnly() || exchange.isRollbackOnlyLast())) {
            return new RollbackExchangeException("the route marked the delivery for rollback", exchange);
        }
        return exchange.getException();
    }

    /** A destination that has accepted a delivery should not get it twice because the ledger was away. */
    private void settle(Delivery delivery, Runnable outcome) {
        try {
            while (!RetryUntilRecorded.tell(outcome, failure -> cannotTell(delivery, failure))) {
                if (!interrupted) {
                    deliveries.abandon(delivery);
                    return;
                }
                // That was for a route that hangs: telling goes on for as long as the process lives.
                Thread.interrupted();
            }
        } catch (Error e) {
            // Its lease must end: nobody here would settle it any more.
            deliveries.abandon(delivery);
            throw e;
        }
    }

    private static void cannotTell(Delivery delivery, RuntimeException failure) {
        LOG.errorf(
                "exports:%s: the ledger cannot be told the outcome of %s (%s); trying again every second",
                delivery.destination(),
                delivery.file().uniqueName(),
                failure.getClass().getSimpleName());
        LOG.debug("the ledger cannot be told an outcome", failure);
    }
}
