package org.exportrelay.runtime;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.exportrelay.api.ApiClock;
import org.exportrelay.config.Durations;
import org.exportrelay.delivery.DeliveryWindow;
import org.exportrelay.ledger.Backlogs;
import org.exportrelay.ledger.DestinationState;
import org.exportrelay.ledger.DestinationState.Window;
import org.exportrelay.ledger.DestinationStates;
import org.exportrelay.log.LogEvent;
import org.jboss.logging.Logger;

/**
 * Logs how long a destination's backlog will take at its present rate, as after a route with a long past was added, and
 * how much of it will be too late: when it begins, then once an hour. Outside its window, a destination makes no progress.
 * For one thread.
 */
@Singleton
class BacklogForecast {

    private static final Logger LOG = Logger.getLogger(BacklogForecast.class);
    /** Fewer deliveries, or a shorter time, are no backlog. */
    private static final long LEAST_DELIVERIES = 1_000;

    private static final Duration LEAST_TIME = Duration.ofMinutes(10);
    private static final Duration REPEATED = Duration.ofHours(1);

    private final Backlogs backlogs;
    private final DestinationStates states;
    private final Clock apiClock;
    private final LongSupplier nanoTime;
    private final Map<String, Long> loggedAt = new HashMap<>();
    private Map<String, Long> waitingBefore = Map.of();
    private long checkedAt;

    @Inject
    BacklogForecast(Backlogs backlogs, DestinationStates states, ApiClock apiClock) {
        this(backlogs, states, apiClock, System::nanoTime);
    }

    BacklogForecast(Backlogs backlogs, DestinationStates states, Clock apiClock, LongSupplier nanoTime) {
        this.backlogs = backlogs;
        this.states = states;
        this.apiClock = apiClock;
        this.nanoTime = nanoTime;
    }

    /** Compares the backlogs with those of the last call, a minute ago. */
    void check() {
        long now = nanoTime.getAsLong();
        Map<String, Long> waiting = backlogs.waiting();
        loggedAt.keySet().retainAll(waiting.keySet());
        Duration elapsed = Duration.ofNanos(now - checkedAt);
        waiting.forEach((destination, count) -> {
            long made = waitingBefore.getOrDefault(destination, 0L) - count;
            if (count >= LEAST_DELIVERIES && made > 0 && isDue(destination, now)) {
                Optional<DestinationState> state = states.of(destination);
                if (!isClosedWithin(state, elapsed)
                        && log(destination, state, count, made / (elapsed.toNanos() / 1e9))) {
                    loggedAt.put(destination, now);
                }
            }
        });
        waitingBefore = waiting;
        checkedAt = now;
    }

    private boolean isDue(String destination, long now) {
        Long logged = loggedAt.get(destination);
        return logged == null || now - logged >= REPEATED.toNanos();
    }

    /** The deliveries of such a minute say little about the rate. */
    private boolean isClosedWithin(Optional<DestinationState> state, Duration elapsed) {
        Instant now = apiClock.instant();
        return window(state)
                .filter(times -> times.openBetween(now.minus(elapsed), now).compareTo(elapsed) < 0)
                .isPresent();
    }

    private static Optional<DeliveryWindow> window(Optional<DestinationState> state) {
        return state.flatMap(DestinationState::window).map(Window::times);
    }

    /** Returns false if it will not take long. */
    private boolean log(String destination, Optional<DestinationState> state, long waiting, double perSecond) {
        Instant now = apiClock.instant();
        Duration open = Duration.ofSeconds((long) (waiting / perSecond));
        Optional<DeliveryWindow> window = window(state);
        Duration left = window.map(times -> Duration.between(now, times.afterOpen(now, open)))
                .orElse(open);
        if (left.compareTo(LEAST_TIME) < 0) {
            return false;
        }
        // Files are downloaded at any time.
        Optional<DeliveryWindow> ofLinks = window(state.filter(known -> !known.needsFile()));
        long expiring = backlogs.expiring(destination, perSecond, now, ofLinks);
        String text = String.format(
                Locale.ROOT,
                "exports:%s: %,d deliveries wait; at the present rate of %,d a minute they take about %s%s",
                destination,
                waiting,
                Math.max(1, Math.round(perSecond * 60)),
                Durations.rounded(left),
                window.map(times -> " with its window " + times).orElse(""));
        if (expiring == 0) {
            LogEvent.BACKLOG_FORECAST.on(LOG).info(text);
        } else {
            LogEvent.BACKLOG_AT_RISK
                    .on(LOG)
                    .warnf(
                            "%s, and about %,d of them expire before their turn; %sraise relay.download.parallel,"
                                    + " relay.download.max-rate or relay.api.budget-share, or start another instance",
                            text, expiring, ofLinks.isPresent() ? "extend the window, " : "");
        }
        return true;
    }
}
