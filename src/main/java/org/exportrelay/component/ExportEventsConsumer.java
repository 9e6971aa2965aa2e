package org.exportrelay.component;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.OptionalLong;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.RollbackExchangeException;
import org.apache.camel.support.ScheduledPollConsumer;
import org.exportrelay.config.Counts;
import org.exportrelay.config.Durations;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.ledger.Event;
import org.exportrelay.ledger.EventCursors;
import org.exportrelay.log.LogEvent;
import org.jboss.logging.Logger;

/**
 * Polls the ledger every {@code delay} for events behind the cursor of its name, routes them one after the other in the
 * order in which they were recorded, and moves the cursor after each exchange. An exchange that fails is repeated, at
 * growing intervals, and the events behind it wait: none is lost. One thread polls and routes.
 */
final class ExportEventsConsumer extends ScheduledPollConsumer {

    private static final Logger LOG = Logger.getLogger(ExportEventsConsumer.class);
    /** Of a digest: a list is in memory, and some receivers limit its size. More events follow in another one. */
    private static final int LARGEST_DIGEST = 1000;
    /** A server may ask for a longer wait. */
    private static final Duration LONGEST_RETRY_AFTER = Duration.ofHours(1);

    private final ExportEventsEndpoint endpoint;
    private final String name;
    private EventServices services;
    private volatile EventCursors cursors;
    /** Until then nothing is to do: the next digest, or the next attempt after a failure. */
    private volatile Instant waitsUntil = Instant.MIN;

    private int failures;

    ExportEventsConsumer(ExportEventsEndpoint endpoint, Processor processor) {
        super(endpoint, processor);
        this.endpoint = endpoint;
        this.name = endpoint.getName();
    }

    @Override
    protected void doStart() throws Exception {
        services = endpoint.services();
        EventCursors starting = services.cursors();
        starting.start(name, endpoint.isBackfill());
        cursors = starting;
        super.doStart();
    }

    @Override
    protected void doStop() throws Exception {
        super.doStop();
        if (cursors != null) {
            cursors.stop(name);
            cursors = null;
        }
    }

    @Override
    protected int poll() {
        EventCursors held = cursors;
        try {
            if (held == null || !isBehind()) {
                return 0;
            }
            OptionalLong position = held.claim(name);
            if (position.isEmpty()) {
                return 0;
            }
            try {
                return consume(held, position.getAsLong());
            } finally {
                held.release(name);
            }
        } catch (RuntimeException e) {
            // Maintenance reports it once; the cursor stays where it was.
            LOG.debugf(e, "export-events:%s: the ledger cannot be used now", name);
            return 0;
        }
    }

    /** Whether there are events to handle now. */
    boolean isBehind() {
        EventCursors held = cursors;
        return held != null && !held.now().isBefore(waitsUntil) && held.isBehind(name);
    }

    /** Returns how many exchanges the route has handled. */
    private int consume(EventCursors held, long from) {
        OptionalLong end = services.events().settled();
        if (end.isEmpty()) {
            return 0;
        }
        EventReader reader = new EventReader(services.events(), endpoint.filter(), from, end.getAsLong());
        int handled = 0;
        long saved = from;
        boolean isContinued = false;
        while (isPollAllowed()) {
            Event first = reader.peek();
            if (reader.position() > saved && !held.advance(name, reader.position())) {
                return handled;
            }
            if (first == null || !isContinued && isCollecting(held, first)) {
                return handled;
            }
            List<Event> events = reader.next(endpoint.getDigest() == null ? 1 : LARGEST_DIGEST);
            if (!send(held, events) || !held.advance(name, reader.position())) {
                return handled;
            }
            saved = reader.position();
            handled++;
            // What one list has no room for belongs to the same digest, and does not wait for another period.
            isContinued = events.size() == LARGEST_DIGEST;
        }
        return handled;
    }

    /** Whether the digest that begins with an event is not due yet. It is in the ledger, so it survives restarts. */
    private boolean isCollecting(EventCursors held, Event first) {
        if (endpoint.getDigest() == null) {
            return false;
        }
        Instant due = first.at().plus(endpoint.getDigest());
        if (held.now().isBefore(due)) {
            waitsUntil = due;
            return true;
        }
        return false;
    }

    /** Returns whether the route has handled the events. */
    private boolean send(EventCursors held, List<Event> events) {
        Exchange exchange = createExchange(false);
        try {
            Throwable thrown = route(exchange, events);
            if (thrown != null) {
                failed(held, events, thrown);
                return false;
            }
            if (failures > 0) {
                LogEvent.EVENTS_ACCEPTED.on(LOG).infof("export-events:%s: the route accepts events again", name);
                failures = 0;
            }
            return true;
        } finally {
            releaseExchange(exchange, false);
        }
    }

    /** Null if the route has handled them. */
    private Throwable route(Exchange exchange, List<Event> events) {
        try {
            if (endpoint.getDigest() == null) {
                exchange.getMessage().setHeaders(EventHeaders.of(events.get(0)));
                exchange.getMessage().setBody(endpoint.getPayload().of(events.get(0)));
            } else {
                exchange.getMessage().setHeaders(EventHeaders.of(events));
                exchange.getMessage().setBody(endpoint.getPayload().of(events));
            }
            getProcessor().process(exchange);
        } catch (Throwable e) {
            // An Error too must not be repeated without a wait.
            return e;
        }
        if (exchange.getException() == null && (exchange.isRollbackOnly() || exchange.isRollbackOnlyLast())) {
            return new RollbackExchangeException("the route marked the events for rollback", exchange);
        }
        return exchange.getException();
    }

    private void failed(EventCursors held, List<Event> events, Throwable thrown) {
        DeliveryException failure = services.failures().of(thrown);
        failures++;
        Duration wait = Durations.longer(
                services.retries().delayAfter(failures),
                Durations.shorter(failure.retryAfter().orElse(Duration.ZERO), LONGEST_RETRY_AFTER));
        waitsUntil = held.now().plus(wait);
        LogEvent.EVENTS_RETRYING
                .on(LOG)
                .warnf(
                        "export-events:%s: the route failed on %s from id %d (%s); retrying in %s, and all later events wait",
                        name,
                        Counts.text(events.size(), "event", "events"),
                        events.get(0).id(),
                        failure.getMessage(),
                        Durations.text(wait));
        LOG.debugf(thrown, "export-events:%s: attempt %d failed", name, failures);
    }
}
