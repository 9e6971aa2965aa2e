package org.exportrelay.runtime;

import java.util.List;
import org.exportrelay.ledger.DestinationSummaries.Availability;
import org.exportrelay.ledger.Progress.Risk;

/**
 * What metrics and health checks show of the ledger. One is read for all of them, so that neither a scrape nor a probe
 * waits for the database.
 *
 * @param waiting deliveries that have not ended
 * @param parked deliveries that wait for an operator
 * @param risks destinations with deliveries that are likely to expire first
 * @param destinations that are not retired
 */
record LedgerSnapshot(long waiting, long parked, List<Risk> risks, List<Availability> destinations) {

    static final LedgerSnapshot NONE = new LedgerSnapshot(0, 0, List.of(), List.of());

    long atRisk() {
        return risks.stream().mapToLong(Risk::deliveries).sum();
    }
}
