package org.exportrelay.component;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Semaphore;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.Processor;
import org.apache.camel.RollbackExchangeException;
import org.apache.camel.support.ScheduledBatchPollingConsumer;
import org.exportrelay.ledger.Delivery;
import org.exportrelay.ledger.Destination;

/**
 * Looks into the ledger every {@code delay}, claims as many due deliveries as it has room for, routes
 * each as one exchange, and settles it when the exchange is done. A stopped or suspended route
 * claims nothing; what it has claimed is finished first.
 */
final class ExportsConsumer extends ScheduledBatchPollingConsumer {

    private final ExportsEndpoint endpoint;
    private final Deliveries deliveries;
    private final Semaphore room;
    private Destination destination;
    private ExecutorService workers;

    ExportsConsumer(ExportsEndpoint endpoint, Processor processor) {
        super(endpoint, processor);
        this.endpoint = endpoint;
        this.deliveries = endpoint.deliveries();
        this.room = new Semaphore(endpoint.getParallel());
    }

    @Override
    protected void doStart() throws Exception {
        destination = endpoint.asDestination();
        deliveries.start(destination);
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
        deliveries.stop(destination);
        destination = null;
        endpoint.getCamelContext().getExecutorServiceManager().shutdownGraceful(workers);
    }

    /** Goes on claiming while something is due, and returns when nothing is: the delay is for idling. */
    @Override
    protected int poll() throws Exception {
        shutdownRunningTask = null;
        pendingExchanges = 0;
        int polled = 0;
        while (isBatchAllowed() && !isSuspendingOrSuspended()) {
            room.acquire();
            int free = 1 + room.drainPermits();
            List<Delivery> claimed = List.of();
            try {
                claimed = deliveries.claim(destination, free);
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
            workers.execute(() -> {
                try {
                    deliver(delivery, exchange);
                } finally {
                    room.release();
                }
            });
        }
        return total;
    }

    private void deliver(Delivery delivery, Exchange exchange) {
        long start = System.nanoTime();
        try {
            deliveries.fill(exchange, delivery, endpoint.getPayload());
            getProcessor().process(exchange);
        } catch (Exception e) {
            exchange.setException(e);
        }
        settle(delivery, exchange, Duration.ofNanos(System.nanoTime() - start));
        releaseExchange(exchange, false);
    }

    /**
     * Comes after the unit of work is done, transactions of the route's producers included: what is
     * recorded as delivered is with the destination.
     */
    private void settle(Delivery delivery, Exchange exchange, Duration took) {
        Throwable failure = exchange.getException();
        if (failure == null && (exchange.isRollbackOnly() || exchange.isRollbackOnlyLast())) {
            failure = new RollbackExchangeException("the route marked the delivery for rollback", exchange);
        }
        try {
            if (failure == null) {
                deliveries.delivered(delivery, endpoint.getPayload(), took);
            } else {
                deliveries.failed(delivery, endpoint.getPayload(), failure, destination.retries());
            }
        } catch (RuntimeException e) {
            // The claim stays as it is and ends with its lease: the delivery is repeated, not lost.
            getExceptionHandler()
                    .handleException(
                            "exports:" + delivery.destination() + ": the ledger could not be told the outcome of "
                                    + delivery.file().uniqueName() + "; it is delivered again",
                            e);
        }
    }
}
