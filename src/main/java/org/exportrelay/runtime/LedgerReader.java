package org.exportrelay.runtime;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.exportrelay.api.RateBudget;
import org.exportrelay.ledger.DestinationSummaries;
import org.exportrelay.ledger.PollLease;

/** Reads a snapshot of the ledger for metrics and health checks, every few seconds. For one thread. */
@Singleton
class LedgerReader {

    private final PollLease poll;
    private final DestinationSummaries summaries;
    private final ExpiryRisks risks;
    private final RateBudget budget;
    private final LedgerSnapshots snapshots;
    private final RelayMetrics metrics;

    @Inject
    LedgerReader(
            PollLease poll,
            DestinationSummaries summaries,
            ExpiryRisks risks,
            RateBudget budget,
            LedgerSnapshots snapshots,
            RelayMetrics metrics) {
        this.poll = poll;
        this.summaries = summaries;
        this.risks = risks;
        this.budget = budget;
        this.snapshots = snapshots;
        this.metrics = metrics;
    }

    void read() {
        LedgerSnapshot snapshot = new LedgerSnapshot(
                poll.isPoller(),
                summaries.all().stream()
                        .filter(destination -> !destination.isRetired())
                        .toList(),
                risks.check(),
                budget.remaining());
        snapshots.set(snapshot);
        metrics.update(snapshot);
    }
}
