package org.exportrelay.runtime;

import java.util.List;
import java.util.Map;
import org.exportrelay.api.RateBudget.Remaining;
import org.exportrelay.ledger.DestinationSummary;
import org.exportrelay.ledger.DestinationSummary.Availability;
import org.exportrelay.ledger.Progress.Risk;

/**
 * What metrics and health checks show of the ledger. One is read for all of them, so that neither a scrape nor a probe
 * waits for the database.
 *
 * @param hasSums whether this instance shows the sums over the whole ledger
 * @param destinations that are not retired
 * @param risks destinations with deliveries that are likely to expire first
 * @param budget what is left of the API's limits
 * @param expectations whether the last deadline of each expectation was met; those without one are absent
 */
public record LedgerSnapshot(
        boolean hasSums,
        List<DestinationSummary> destinations,
        List<Risk> risks,
        List<Remaining> budget,
        Map<String, Boolean> expectations) {

    static final LedgerSnapshot NONE = new LedgerSnapshot(false, List.of(), List.of(), List.of(), Map.of());

    List<Availability> availabilities() {
        return destinations.stream().map(DestinationSummary::availability).toList();
    }

    long waiting() {
        return destinations.stream().mapToLong(DestinationSummary::waiting).sum();
    }

    long parked() {
        return destinations.stream().mapToLong(DestinationSummary::parked).sum();
    }
}
