package org.exportrelay.runtime;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.exportrelay.ledger.DestinationSummaries;
import org.exportrelay.ledger.Progress;

/** The last snapshot of the ledger, which maintenance takes every few seconds. Thread-safe. */
@Singleton
class LedgerSnapshots {

    private final Progress progress;
    private final DestinationSummaries summaries;
    private final ExpiryRisks risks;
    private volatile LedgerSnapshot latest = LedgerSnapshot.NONE;

    @Inject
    LedgerSnapshots(Progress progress, DestinationSummaries summaries, ExpiryRisks risks) {
        this.progress = progress;
        this.summaries = summaries;
        this.risks = risks;
    }

    LedgerSnapshot take() {
        latest = new LedgerSnapshot(progress.waiting(), progress.parked(), risks.check(), summaries.availabilities());
        return latest;
    }

    /** Empty before the first one. */
    LedgerSnapshot latest() {
        return latest;
    }
}
