package org.exportrelay.component;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.camel.Exchange;
import org.apache.camel.ExchangePropertyKey;
import org.apache.camel.Processor;
import org.apache.camel.spi.ShutdownStrategy;
import org.apache.camel.support.ScheduledBatchPollingConsumer;
import org.exportrelay.config.Counts;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.Destination;
import org.exportrelay.ledger.DeliveryQueue;
import org.exportrelay.ledger.DueDeliveries;
import org.exportrelay.log.LogEvent;
import org.exportrelay.log.LogField;
import org.jboss.logging.Logger;

/**
 * Claims as many due deliveries as it has room for, routes each as one exchange, and records the outcome when the exchange
 * is done. It claims when a delivery has ended and when this process has downloaded a file for it; every {@code delay} it
 * queries the ledger for changes by other instances and for deliveries that are due again. A stopped or suspended route claims nothing;
 * what it has claimed is finished or released.
 */
final class ExportsConsumer extends ScheduledBatchPollingConsumer {

    private static final Logger LOG = Logger.getLogger(ExportsConsumer.class);
    private static final long RELEASE_MILLIS = 200;
    private static final long IDLE_MILLIS = 50;
    private static final long GATHER_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

    private final ExportsEndpoint endpoint;
    private final Semaphore room;
    private final Ramp ramp;
    /** Of claims that were asked for and have not been made: the thread that has asked first makes them all. */
    private final AtomicInteger requests = new AtomicInteger();

    private final AtomicBoolean isGathering = new AtomicBoolean();
    /** When what had arrived was last claimed together, by {@link System#nanoTime}. */
    private volatile long lastGathered = System.nanoTime() - GATHER_NANOS;
    /** Whether a claim may find something: the last one found as many as it had room for, which may have been none. */
    private volatile boolean isMoreDue;
    /** Room that a claim holds until it knows what it has claimed. */
    private volatile int reserved;
    /** Deliveries that were started since the last poll. */
    private final AtomicInteger started = new AtomicInteger();

    private volatile Destination destination;
    private volatile Workers workers;
    private DeliveryRun run;
    private DeliveryQueue queue;
    private DueDeliveries due;

    ExportsConsumer(ExportsEndpoint endpoint, Processor processor) {
        super(endpoint, processor);
        this.endpoint = endpoint;
        this.room = new Semaphore(endpoint.getParallel());
        this.ramp = new Ramp(endpoint.getParallel());
    }

    @Override
    protected void doStart() throws Exception {
        if (getScheduledExecutorService() == null) {
            // The component has it from its own start on.
            setScheduledExecutorService(endpoint.scheduler());
        }
        Destination starting = endpoint.asDestination().under(RouteDigest.of(getRoute()));
        endpoint.services().destinations().start(starting, this::requestClaimSoon);
        queue = endpoint.services().queue();
        due = endpoint.services().due();
        due.routeStarts();
        workers = new Workers(endpoint.threads());
        run = new DeliveryRun(endpoint, getProcessor(), starting.retries(), workers, ramp);
        destination = starting;
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
        long patience = patience(endpoint.getCamelContext().getShutdownStrategy());
        workers.close();
        if (workersEnd(patience)) {
            return;
        }
        int unfinished = inFlight();
        if (unfinished > 0) {
            LogEvent.DELIVERY_INTERRUPTED
                    .on(LOG)
                    .with(LogField.DESTINATION, endpoint.getDestination())
                    .warnf(
                            "exports:%s: the route stops, and %s",
                            endpoint.getDestination(),
                            Counts.text(
                                    unfinished,
                                    "delivery did not finish in time; it is interrupted, and retried unless it still succeeds",
                                    "deliveries did not finish in time; they are interrupted, and retried unless they still"
                                            + " succeed"));
        }
        workers.interrupt();
        workersEnd(RELEASE_MILLIS);
    }

    /** In dev mode, Camel waits for no route, and its strategy has no time unit. */
    private static long patience(ShutdownStrategy strategy) {
        return strategy.isTimeoutOccurred() || strategy.getTimeUnit() == null
                ? IDLE_MILLIS
                : strategy.getTimeUnit().toMillis(strategy.getTimeout());
    }

    private boolean workersEnd(long withinMillis) {
        try {
            return workers.await(withinMillis);
        } catch (InterruptedException timeIsUp) {
            // Camel's own time-out for this stop; the thread is Camel's and serves nothing else.
            return false;
        }
    }

    /** In the scheduler's thread: claims are made in another one, since the database may take its time. */
    @Override
    protected int poll() throws Exception {
        shutdownRunningTask = null;
        try {
            Destination polled = destination;
            if (mayClaim()) {
                if (!queue.isWorking(polled)) {
                    ramp.restart();
                }
                if (due.isAnyDue(polled)) {
                    requestClaim();
                }
            }
        } catch (RuntimeException e) {
            // Maintenance reports it once; each poll of each destination meets it.
            logUnreadable(e);
        }
        return started.getAndSet(0);
    }

    /** What is claimed, although Camel may not count it as in flight yet. A poll alone is nothing to wait for. */
    @Override
    public int getPendingExchangesSize() {
        return inFlight();
    }

    /** Claimed, and not ended. */
    private int inFlight() {
        // A claim that is just being made changes one after the other.
        return Math.max(0, endpoint.getParallel() - room.availablePermits() - reserved);
    }

    private boolean mayClaim() {
        return isStarted() && isBatchAllowed();
    }

    /** A delivery has ended. Where they end in quick succession, waits for the room of half of them. */
    private void ended() {
        room.release();
        if (!isMoreDue) {
            return;
        }
        if (room.availablePermits() < endpoint.getParallel() / 2) {
            requestClaimSoon();
        } else if (requests.getAndIncrement() == 0) {
            makeClaims();
        }
    }

    /**
     * Now if nothing has arrived or ended for a while; otherwise more may follow, and a claim of one costs about as much as a
     * claim of many.
     */
    private void requestClaimSoon() {
        if (isGathering.compareAndSet(false, true)) {
            try {
                endpoint.scheduler()
                        .schedule(
                                () -> {
                                    lastGathered = System.nanoTime();
                                    isGathering.set(false);
                                    requestClaim();
                                },
                                lastGathered + GATHER_NANOS - System.nanoTime(),
                                TimeUnit.NANOSECONDS);
            } catch (RejectedExecutionException stopping) {
                isGathering.set(false);
            }
        }
    }

    private void requestClaim() {
        if (mayClaim() && requests.getAndIncrement() == 0) {
            try {
                workers.execute(this::makeClaims);
            } catch (RuntimeException | Error notStarted) {
                // The route stops, or the system has no more threads or memory for now; the next poll asks again.
                requests.set(0);
            }
        }
    }

    /** In one thread at a time. */
    private void makeClaims() {
        int made = 0;
        try {
            do {
                made = requests.get();
                claimAll();
            } while (requests.addAndGet(-made) > 0);
        } catch (RuntimeException | Error e) {
            // Otherwise no thread would ever claim again.
            requests.set(0);
            throw e;
        }
    }

    private void claimAll() {
        boolean isMore = true;
        while (isMore && mayClaim()) {
            int free = room.drainPermits();
            reserved = free;
            List<Delivery> claimed = List.of();
            try {
                claimed = claim(free);
            } catch (RuntimeException e) {
                logUnreadable(e);
            } finally {
                room.release(free - claimed.size());
                reserved = 0;
            }
            processBatch(new ArrayDeque<>(claimed));
            // A delivery that ended while there was no room has not claimed.
            isMore = isMoreDue && (free == 0 ? room.availablePermits() > 0 : !claimed.isEmpty());
        }
    }

    private List<Delivery> claim(int free) {
        if (!queue.isWorking(destination)) {
            ramp.restart();
        }
        int most = most(free);
        if (most <= 0) {
            // A delivery that ends from here on claims again. One that has ended just now has made room.
            isMoreDue = true;
            most = most(free);
        }
        List<Delivery> claimed = most > 0 ? queue.claim(destination, most) : List.of();
        isMoreDue = claimed.size() >= most;
        return claimed;
    }

    private int most(int free) {
        return Math.min(free, ramp.limit() - inFlight());
    }

    @Override
    public int processBatch(Queue<Object> claimed) {
        int total = claimed.size();
        for (int index = 0; !claimed.isEmpty(); index++) {
            Delivery delivery = (Delivery) claimed.poll();
            try {
                Exchange exchange = createExchange(false);
                exchange.setProperty(ExchangePropertyKey.BATCH_INDEX, index);
                exchange.setProperty(ExchangePropertyKey.BATCH_SIZE, total);
                exchange.setProperty(ExchangePropertyKey.BATCH_COMPLETE, claimed.isEmpty());
                start(delivery, exchange, run);
            } catch (RuntimeException | Error notStarted) {
                // The route stops, or the system has no more threads or memory for now.
                room.release();
                run.release(delivery);
            }
        }
        started.addAndGet(total);
        return total;
    }

    private void start(Delivery delivery, Exchange exchange, DeliveryRun starting) {
        workers.execute(() -> {
            try {
                starting.deliver(delivery, exchange);
                releaseExchange(exchange, false);
            } finally {
                ended();
            }
        });
    }

    private void logUnreadable(RuntimeException failure) {
        LOG.debugf(failure, "exports:%s: the ledger cannot be read now", endpoint.getDestination());
    }
}
