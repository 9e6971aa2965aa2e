package org.exportrelay.runtime;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Map;
import java.util.TreeMap;
import org.exportrelay.api.RateBudget;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.ledger.DestinationSummaries;
import org.exportrelay.ledger.EventKind;
import org.exportrelay.ledger.Expectations;

/** Reads a snapshot of the ledger for metrics and health checks, every few seconds. For one thread. */
@Singleton
class LedgerReader {

    private final SumsTurn turn;
    private final DestinationSummaries summaries;
    private final ExpiryRisks risks;
    private final RateBudget budget;
    private final RelaySettings settings;
    private final Expectations expectations;
    private final LedgerSnapshots snapshots;
    private final RelayMetrics metrics;

    @Inject
    LedgerReader(
            SumsTurn turn,
            DestinationSummaries summaries,
            ExpiryRisks risks,
            RateBudget budget,
            RelaySettings settings,
            Expectations expectations,
            LedgerSnapshots snapshots,
            RelayMetrics metrics) {
        this.turn = turn;
        this.summaries = summaries;
        this.risks = risks;
        this.budget = budget;
        this.settings = settings;
        this.expectations = expectations;
        this.snapshots = snapshots;
        this.metrics = metrics;
    }

    void read() {
        boolean isMyTurn = turn.confirm();
        if (!isMyTurn) {
            // Before the other queries, which may fail.
            metrics.withdrawSums();
        }
        LedgerSnapshot snapshot = new LedgerSnapshot(
                isMyTurn,
                summaries.all().stream()
                        .filter(destination -> !destination.isRetired())
                        .toList(),
                risks.check(),
                budget.remaining(),
                expectations());
        snapshots.set(snapshot);
        metrics.update(snapshot);
    }

    /** Only of expectations in the settings: events outlast them. */
    private Map<String, Boolean> expectations() {
        Map<String, Boolean> met = new TreeMap<>();
        if (!settings.expect().isEmpty()) {
            expectations.latestDecided().forEach((name, result) -> {
                if (settings.expect().containsKey(name)) {
                    met.put(name, result.kind() == EventKind.EXPECTATION_MET);
                }
            });
        }
        return met;
    }
}
