package org.exportrelay.ledger;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.exportrelay.config.Durations;
import org.exportrelay.ledger.DestinationState.Outage;

/**
 * A destination and what waits for it.
 *
 * @param state beside its deliveries
 * @param delivered deliveries that it has accepted
 * @param lastDelivered when it accepted the last one; null if it has accepted none
 * @param waiting deliveries that have not ended, due or not
 * @param retrying those of them that have failed or were released
 * @param inFlight those of them that are being delivered now
 * @param oldestWaiting since when the oldest of them waits; null if none waits
 * @param parked deliveries that wait for an operator
 * @param expired deliveries whose URLs expired first
 * @param skipped deliveries that its route sent to no endpoint, or that ended when it was retired
 * @param lacksRoute whether no relay ran its route when one was last seen
 */
public record DestinationSummary(
        DestinationState state,
        long delivered,
        Instant lastDelivered,
        long waiting,
        long retrying,
        long inFlight,
        Instant oldestWaiting,
        long parked,
        long expired,
        long skipped,
        boolean lacksRoute) {

    public String name() {
        return state.name();
    }

    /** Equal as long as nothing changes but when an instance last ran its route. */
    public DestinationSummary withoutSeenAt() {
        return new DestinationSummary(
                state.withoutSeenAt(),
                delivered,
                lastDelivered,
                waiting,
                retrying,
                inFlight,
                oldestWaiting,
                parked,
                expired,
                skipped,
                lacksRoute);
    }

    /** Whether it was retired, and no replay has made anything due for it since. */
    public boolean isRetired() {
        return state.retiredAt() != null && waiting == 0;
    }

    /** Whether an operator should know: it is down, held, or owed something that no route delivers. */
    public boolean isRemarkable() {
        return !isRetired() && (!state.isWorking() || lacksRoute && waiting > 0);
    }

    /**
     * Its condition in one or two words: {@code up}, {@code down}, {@code paused}, {@code closed} (it is outside its window),
     * {@code no route}, {@code retired}.
     */
    public String shortCondition() {
        if (isRetired()) {
            return "retired";
        }
        if (lacksRoute) {
            return "no route";
        }
        return availability().state();
    }

    /** Its condition in a few words, such as {@code down for 3h 12m: REASON; next probe in 15m}. */
    public String condition(Instant now) {
        if (isRetired()) {
            return "retired";
        }
        if (lacksRoute) {
            return state.pause().isPresent() ? reason(now) + "; no route" : "no route";
        }
        boolean isDown = state.pause().isEmpty() && state.outage().isPresent();
        return isDown ? reason(now) + "; " + nextProbe(now) : reason(now);
    }

    /** Why nothing is delivered to it, such as {@code down for 3h 12m: REASON}; {@code up} if nothing prevents it. */
    public String reason(Instant now) {
        return state.pause()
                .map(pause -> pause.reason(now))
                .or(() ->
                        state.outage().map(outage -> "down for " + since(outage.since(), now) + ": " + outage.reason()))
                .or(() -> closed(now))
                .orElse("up");
    }

    /** That it is outside its window, and when it opens; empty if it is inside, or has none. */
    public Optional<String> closed(Instant now) {
        return state.closedWindow().map(window -> window.reason(now));
    }

    /** While a probe runs, the ledger has the time at which another one would replace it. */
    private String nextProbe(Instant now) {
        if (inFlight > 0) {
            return "a delivery is being tried now";
        }
        return closed(now)
                .or(() -> state.outage()
                        .map(Outage::nextProbe)
                        .filter(at -> at.isAfter(now))
                        .map(at -> "next probe in " + since(now, at)))
                .orElse("next probe now");
    }

    private static String since(Instant from, Instant to) {
        return Durations.rounded(Duration.between(from, to));
    }

    /** Whether it works. */
    public Availability availability() {
        return new Availability(
                name(),
                state.outage().isEmpty(),
                state.pause().isPresent(),
                state.closedWindow().isEmpty(),
                !lacksRoute);
    }

    /**
     * Whether a destination works.
     *
     * @param destination its name
     * @param isUp whether it is not down
     * @param isPaused whether an operator has paused it
     * @param isWindowOpen whether it is inside its window, or has none
     * @param hasRoute whether a relay ran its route when one was last seen
     */
    public record Availability(
            String destination, boolean isUp, boolean isPaused, boolean isWindowOpen, boolean hasRoute) {

        /** In words, without the reason: its state, and whether it has no route. */
        public String condition() {
            return hasRoute ? state() : state() + ", no route";
        }

        /** An outage comes before the window: an operator can end it until the window opens. */
        private String state() {
            if (isPaused) {
                return "paused";
            }
            if (!isUp) {
                return "down";
            }
            return isWindowOpen ? "up" : "closed";
        }
    }
}
