package org.exportrelay.ledger;

import java.time.Duration;
import java.time.Instant;
import org.exportrelay.config.Durations;

/**
 * A destination and what waits for it.
 *
 * @param state beside its deliveries
 * @param waiting deliveries that have not ended, due or not
 * @param parked deliveries that wait for an operator
 * @param expired deliveries whose URLs expired first
 * @param lacksRoute whether no relay ran its route when one was last seen
 */
public record DestinationSummary(DestinationState state, long waiting, long parked, long expired, boolean lacksRoute) {

    public String name() {
        return state.name();
    }

    /** Whether an operator should know: it is down, paused, or owed something that no route delivers. */
    public boolean isRemarkable() {
        return state.retiredAt() == null && (!state.isWorking() || lacksRoute && waiting > 0);
    }

    /** Its condition in a few words, such as {@code down for 3h 12m: REASON; next probe in 15m}. */
    public String condition(Instant now) {
        if (state.retiredAt() != null) {
            return "retired";
        }
        if (state.pause().isPresent()) {
            DestinationState.Pause pause = state.pause().get();
            return "paused for " + since(pause.since(), now) + " by " + pause.by()
                    + (pause.note() == null ? "" : ": " + pause.note());
        }
        if (lacksRoute) {
            return "no route";
        }
        return state.outage()
                .map(outage -> "down for " + since(outage.since(), now) + ": " + outage.reason() + "; next probe "
                        + (outage.nextProbe().isAfter(now) ? "in " + since(now, outage.nextProbe()) : "now"))
                .orElse("up");
    }

    private static String since(Instant from, Instant to) {
        return Durations.rounded(Duration.between(from, to));
    }
}
