package org.exportrelay.component;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.RollbackExchangeException;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.RetryPolicy;
import org.exportrelay.ledger.DeliveryQueue;
import org.exportrelay.ledger.RetryUntilRecorded;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.exportrelay.log.LogEvent;
import org.exportrelay.trace.RelaySpan;
import org.exportrelay.trace.SpanAttribute;
import org.jboss.logging.Logger;

/**
 * Makes claimed deliveries: routes each as an exchange and records in the ledger how that ended. For many threads, from
 * the start of a consumer to its stop.
 */
final class DeliveryRun {

    private static final Logger LOG = Logger.getLogger(ExportsConsumer.class);
    private static final String RELEASED = "released";

    private final ExportsEndpoint endpoint;
    private final Processor route;
    private final RetryPolicy retries;
    private final Workers workers;
    private final Ramp ramp;
    private final DeliveryQueue queue;
    private final DeliveryServices services;

    /**
     * @param route the first processor of the route
     * @param workers the threads that run it
     * @param ramp learns when the destination has answered
     */
    DeliveryRun(ExportsEndpoint endpoint, Processor route, RetryPolicy retries, Workers workers, Ramp ramp) {
        this.endpoint = endpoint;
        this.route = route;
        this.retries = retries;
        this.workers = workers;
        this.ramp = ramp;
        this.services = endpoint.services();
        this.queue = services.queue();
    }

    void deliver(Delivery delivery, Exchange exchange) {
        RelaySpan span = services.traces().delivery(delivery);
        try {
            deliver(delivery, exchange, span);
        } finally {
            span.end();
        }
    }

    private void deliver(Delivery claimed, Exchange exchange, RelaySpan span) {
        long start = System.nanoTime();
        Attempt attempt = route(claimed, exchange, span);
        Duration took = Duration.ofNanos(System.nanoTime() - start);
        if (workers.isInterrupted()) {
            // The interrupt was for the route; the outcome must still be recorded.
            Thread.interrupted();
        }
        // Comes after the unit of work is done, transactions of the route's producers included: the destination has
        // what the ledger says is delivered.
        AtomicBoolean answered = new AtomicBoolean();
        record(attempt.delivery(), () -> answered.set(end(attempt, took, span)));
        // Once, however often the ledger had to be tried.
        if (answered.get()) {
            ramp.widen();
        }
    }

    /** Releases a delivery that could not be started. */
    void release(Delivery delivery) {
        record(delivery, () -> queue.release(delivery));
    }

    /** Returns whether the destination has accepted the delivery, or is not to blame that it did not. */
    private boolean end(Attempt attempt, Duration took, RelaySpan span) {
        DeliveryResults results = services.results();
        Delivery delivery = attempt.delivery();
        boolean hasFile = endpoint.body().needsFile();
        if (attempt.isDelivered()) {
            return results.delivered(
                    attempt.outgoing(), hasFile, took, attempt.files().location(), span);
        }
        if (workers.isInterrupted()) {
            queue.release(delivery);
            span.with(SpanAttribute.OUTCOME, RELEASED);
            return false;
        }
        return attempt.failure() == null
                ? results.skipped(delivery, hasFile, span)
                : results.failed(delivery, hasFile, attempt.failure(), retries, span);
    }

    private Attempt route(Delivery claimed, Exchange exchange, RelaySpan span) {
        Attempt attempt = new Attempt(new Outgoing(claimed, Optional.empty(), null), null, null);
        try {
            Outgoing outgoing = services.exchanges().fill(exchange, claimed, endpoint.body(), span);
            attempt = new Attempt(outgoing, files(claimed, outgoing), null);
            exchange.setProperty(DeliveryFiles.PROPERTY, attempt.files());
            if (endpoint.isCloudEvents()) {
                CloudEvent.begin(exchange, claimed, endpoint.body().payload(), services.apiUrl());
            }
            route.process(exchange);
        } catch (Throwable e) {
            // An Error too must not leave the delivery claimed.
            return attempt.endedWith(e);
        }
        if (exchange.getException() == null && (exchange.isRollbackOnly() || exchange.isRollbackOnlyLast())) {
            return attempt.endedWith(
                    new RollbackExchangeException("the route marked the delivery for rollback", exchange));
        }
        return attempt.endedWith(exchange.getException());
    }

    private DeliveryFiles files(Delivery claimed, Outgoing outgoing) {
        if (endpoint.body().payload() == Payload.manifest) {
            return DeliveryFiles.ofManifest(claimed, services.locations(), endpoint.isOverwrite());
        }
        return endpoint.body().form().isOriginal()
                ? new DeliveryFiles(claimed, services.locations(), endpoint.isOverwrite())
                : DeliveryFiles.inOtherForm(
                        outgoing.delivery(),
                        claimed.file(),
                        !endpoint.body().form().isEncrypted(),
                        services.locations(),
                        endpoint.isOverwrite());
    }

    /**
     * How an exchange ended.
     *
     * @param files null if the route did not begin
     * @param failure null if there was none
     */
    private record Attempt(Outgoing outgoing, DeliveryFiles files, Throwable failure) {

        Delivery delivery() {
            return outgoing.delivery();
        }

        boolean isDelivered() {
            return failure == null && outgoing.handover().isMade();
        }

        Attempt endedWith(Throwable thrown) {
            return new Attempt(outgoing, files, thrown);
        }
    }

    /** A destination that has accepted a delivery must not receive it twice because the ledger was unavailable. */
    private void record(Delivery delivery, Runnable outcome) {
        try {
            while (!RetryUntilRecorded.run(outcome, failure -> logUnrecorded(delivery, failure))) {
                if (!workers.isInterrupted()) {
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
                        delivery.destination(), delivery.file().uniqueName(), LedgerDatabase.describe(failure));
        LOG.debug("cannot record an outcome in the ledger", failure);
    }
}
