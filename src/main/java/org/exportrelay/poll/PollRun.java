package org.exportrelay.poll;

import java.time.Instant;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.apache.camel.Exchange;
import org.apache.camel.Route;
import org.apache.camel.StatefulService;
import org.exportrelay.api.Export;
import org.exportrelay.api.RejectedEntry;
import org.exportrelay.ledger.RecordResult;
import org.exportrelay.trace.RelaySpan;

/**
 * What one poll has read and recorded. It belongs to the exchange that began it, as a property that the exchanges of
 * the route's steps, such as those of a split, inherit. Used by one thread at a time.
 */
final class PollRun {

    private static final String PROPERTY = "ExportRelayPollRun";

    private final Exchange exchange;
    private final Route route;
    private final Map<RecordResult, Integer> results = new EnumMap<>(RecordResult.class);
    private final Set<RejectedEntry> rejected = new LinkedHashSet<>();
    private final Map<String, Export> completed = new LinkedHashMap<>();
    private final Set<String> withoutUrls = new LinkedHashSet<>();
    private Set<String> known = Set.of();
    private boolean overlapped;
    private RelaySpan span = RelaySpan.OFF;

    private PollRun(Exchange exchange) {
        this.exchange = exchange;
        this.route = runningRoute();
    }

    static PollRun begin(Exchange exchange) {
        PollRun run = new PollRun(exchange);
        exchange.setProperty(PROPERTY, run);
        return run;
    }

    boolean isOf(Exchange other) {
        return other.getProperty(PROPERTY) == this;
    }

    /** Whether an exchange began a poll, which may have ended. */
    static boolean wasBegunBy(Exchange exchange) {
        return exchange.getProperty(PROPERTY) != null;
    }

    /** Its span, which ends with it. */
    void trace(RelaySpan begun) {
        span = begun;
    }

    RelaySpan span() {
        return span;
    }

    String routeId() {
        return exchange.getFromRouteId();
    }

    /** Whether its route is no longer part of the relay. */
    boolean isRemoved() {
        return runningRoute() != route;
    }

    /** Whether its route stops, has stopped or was removed while the other routes run on. */
    boolean isStopped() {
        if (exchange.getContext().isStopping() || exchange.getContext().isStopped()) {
            return false;
        }
        return isRemoved()
                || route != null
                        && route.getConsumer() instanceof StatefulService consumer
                        && (consumer.isStopping() || consumer.isStopped());
    }

    private Route runningRoute() {
        return exchange.getContext().getRoute(routeId());
    }

    /** True once, so that an overlap with this poll is logged once. */
    boolean isFirstOverlap() {
        boolean isFirst = !overlapped;
        overlapped = true;
        return isFirst;
    }

    /**
     * Begins a page.
     *
     * @param ids those of its exports that the ledger has
     */
    void know(Set<String> ids) {
        known = ids;
    }

    void reject(RejectedEntry entry) {
        rejected.add(entry);
    }

    /** Each once. */
    Set<RejectedEntry> rejected() {
        return rejected;
    }

    /** Collects an export, unless the ledger has it. */
    void collect(Export export) {
        if (known.contains(export.exportId())) {
            results.merge(RecordResult.KNOWN, 1, Integer::sum);
        } else {
            completed.put(export.exportId(), export);
        }
    }

    /** What is still to be recorded. */
    Map<String, Export> completed() {
        return completed;
    }

    /**
     * The collected exports are in the ledger.
     *
     * @param outcomes in their order
     * @param past an instant that has certainly passed, by the API's clock
     */
    void recorded(Iterable<RecordResult> outcomes, Instant past) {
        Iterator<Export> exports = completed.values().iterator();
        for (RecordResult result : outcomes) {
            Export export = exports.next();
            if (result != RecordResult.NEW && export.awaitsUrls(past)) {
                withoutUrls.add(export.exportId());
            } else {
                results.merge(result, 1, Integer::sum);
            }
        }
        completed.clear();
    }

    /** The ids of completed exports that have not expired, but have no download URLs yet. */
    Set<String> withoutUrls() {
        return withoutUrls;
    }

    int count(RecordResult result) {
        return results.getOrDefault(result, 0);
    }
}
