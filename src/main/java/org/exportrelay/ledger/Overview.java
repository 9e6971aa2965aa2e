package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.ledger.database.LedgerDatabase;

/**
 * What {@code status} shows beside deliveries. It reads counters, what is open and what failed, however long the history.
 *
 * @param at when it was read
 * @param attention what needs an operator, the most urgent first
 * @param activity when a relay last ran, and polls next
 * @param destinations in the order of their names
 * @param expiring of each destination the deliveries that expire unless they are made or downloaded before
 * @param expectations the newest result of each
 * @param totals deliveries by state; a state with none is absent
 */
public record Overview(
        Instant at,
        List<AttentionItem> attention,
        RelayActivity activity,
        List<DestinationSummary> destinations,
        Map<String, Progress.Risk> expiring,
        List<ExpectationResult> expectations,
        Map<DeliveryState, Long> totals) {

    /** As it is now. */
    public static Overview of(LedgerDatabase database, Clock clock) {
        List<DestinationSummary> destinations = new DestinationSummaries(database, clock).all();
        Map<String, Progress.Risk> expiring = new Progress(database, clock).expiring();
        return new Overview(
                clock.instant(),
                new AttentionItems(database, clock).of(destinations, expiring),
                RelayActivity.of(database),
                destinations,
                expiring,
                List.copyOf(new Expectations(database, clock).latest().values()),
                new Status(database).totals());
    }
}
