package org.exportrelay.poll;

import java.time.Duration;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.support.SynchronizationAdapter;
import org.exportrelay.ledger.PollLease;
import org.exportrelay.log.LogEvent;
import org.exportrelay.trace.SpanAttribute;
import org.jboss.logging.Logger;

/**
 * Lets one poll of this process run at a time, and only while it holds the lease of all instances. A poll that begins
 * while another one is running is refused. If the route of the other one has been removed, as by an edit that did not
 * wait for its end, the other one is abandoned instead. Thread-safe.
 */
final class PollTurn {

    private static final Logger LOG = Logger.getLogger(ExportPoll.class);

    private final PollLease lease;
    private PollRun current;
    /** Whether the last poll was abandoned, so that the next one is due. */
    private boolean isRepeated;

    PollTurn(PollLease lease) {
        this.lease = lease;
    }

    /**
     * Begins a poll, which ends with its exchange at the latest.
     *
     * @param period between two polls, of all instances together
     * @param always whether to poll also if another instance has just done so
     * @return empty if this poll may not run now
     */
    synchronized Optional<PollRun> begin(Exchange exchange, Duration period, boolean always) {
        if (current != null && current.isRemoved()) {
            abandon(current);
        }
        if (current != null && !current.isOf(exchange)) {
            refuse(exchange);
            return Optional.empty();
        }
        if (current != null) {
            end(current);
        }
        if (!lease.begin(period, always || isRepeated)) {
            return Optional.empty();
        }
        isRepeated = false;
        PollRun run = PollRun.begin(exchange);
        exchange.getExchangeExtension().addOnCompletion(new SynchronizationAdapter() {
            @Override
            public void onDone(Exchange done) {
                endUnfinished(run);
            }
        });
        current = run;
        return Optional.of(run);
    }

    /** Ends a poll whose route was stopped before the poll had ended; the next poll does not wait for its period. */
    synchronized void abandon(PollRun run) {
        if (current != run) {
            return;
        }
        lease.end();
        run.span().with(SpanAttribute.OUTCOME, "abandoned");
        end(run);
        isRepeated = true;
        LogEvent.POLL_ABANDONED
                .on(LOG)
                .warnf(
                        "poll: the poll of route %s did not end before its route was stopped; it is abandoned, and the next"
                                + " poll reads the list again",
                        run.routeId());
    }

    /** A forced stop may end an exchange before its last step. */
    private synchronized void endUnfinished(PollRun run) {
        if (run.isStopped()) {
            abandon(run);
        } else {
            release(run);
            end(run);
        }
    }

    private void refuse(Exchange exchange) {
        if (current.isFirstOverlap()) {
            LogEvent.POLL_OVERLAPPED
                    .on(LOG)
                    .warnf(
                            "poll: route %s does not poll now, because the poll of route %s is still running and only one may"
                                    + " run at a time; if this happens often, remove one of the routes that poll",
                            exchange.getFromRouteId(), current.routeId());
        }
    }

    /** The poll that runs and belongs to an exchange, or to the one that it was split from. */
    synchronized Optional<PollRun> of(Exchange exchange) {
        return current != null && current.isOf(exchange) ? Optional.of(current) : Optional.empty();
    }

    /**
     * Renews the lease of a poll that runs.
     *
     * @return false if another instance has taken it; the poll has ended then
     */
    synchronized boolean renew(PollRun run) {
        if (lease.renew()) {
            return true;
        }
        run.span().with(SpanAttribute.OUTCOME, "lease_lost");
        end(run);
        return false;
    }

    /** Lets another instance poll. */
    synchronized void release(PollRun run) {
        if (current == run) {
            lease.end();
        }
    }

    synchronized void end(PollRun run) {
        if (current == run) {
            current = null;
            run.span().end();
        }
    }
}
