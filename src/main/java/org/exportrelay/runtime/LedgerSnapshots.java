package org.exportrelay.runtime;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.exportrelay.ledger.DestinationSummaries;
import org.exportrelay.ledger.PollLease;

/** The last snapshot of the ledger, which maintenance takes every few seconds. Thread-safe. */
@Singleton
class LedgerSnapshots {

    private final PollLease poll;
    private final DestinationSummaries summaries;
    private final ExpiryRisks risks;
    private volatile LedgerSnapshot latest = LedgerSnapshot.NONE;

    @Inject
    LedgerSnapshots(PollLease poll, DestinationSummaries summaries, ExpiryRisks risks) {
        this.poll = poll;
        this.summaries = summaries;
        this.risks = risks;
    }

    LedgerSnapshot take() {
        latest = new LedgerSnapshot(
                poll.isPoller(),
                summaries.all().stream()
                        .filter(destination -> !destination.isRetired())
                        .toList(),
                risks.check());
        return latest;
    }

    /** Empty before the first one. */
    LedgerSnapshot latest() {
        return latest;
    }
}
