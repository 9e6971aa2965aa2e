package org.exportrelay.runtime;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongSupplier;
import org.exportrelay.api.ApiClock;
import org.exportrelay.config.Durations;
import org.exportrelay.ledger.Backlogs;
import org.exportrelay.ledger.DestinationState;
import org.exportrelay.ledger.DestinationStates;
import org.exportrelay.log.LogEvent;
import org.jboss.logging.Logger;

/**
 * Logs how long a destination's backlog will take at its present rate, as after a route with a long past was added, and
 * how much of it will be too late: when it begins, then once an hour. For one thread.
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
        double seconds = (now - checkedAt) / 1e9;
        waiting.forEach((destination, count) -> {
            long made = waitingBefore.getOrDefault(destination, 0L) - count;
            if (count >= LEAST_DELIVERIES && made > 0 && isDue(destination, now)) {
                log(destination, count, made / seconds, now);
            }
        });
        waitingBefore = waiting;
        checkedAt = now;
    }

    private boolean isDue(String destination, long now) {
        Long logged = loggedAt.get(destination);
        return logged == null || now - logged >= REPEATED.toNanos();
    }

    private void log(String destination, long waiting, double perSecond, long now) {
        Duration left = Duration.ofSeconds((long) (waiting / perSecond));
        if (left.compareTo(LEAST_TIME) < 0) {
            return;
        }
        loggedAt.put(destination, now);
        long expiring = backlogs.expiring(destination, perSecond, apiClock.instant());
        String text = String.format(
                Locale.ROOT,
                "exports:%s: %,d deliveries wait; at the present rate of %,d a minute they take about %s%s",
                destination,
                waiting,
                Math.max(1, Math.round(perSecond * 60)),
                Durations.rounded(left),
                states.of(destination)
                        .flatMap(DestinationState::window)
                        .map(window -> " inside its window " + window.times())
                        .orElse(""));
        if (expiring == 0) {
            LogEvent.BACKLOG_FORECAST.on(LOG).info(text);
        } else {
            LogEvent.BACKLOG_AT_RISK
                    .on(LOG)
                    .warnf(
                            "%s, and about %,d of them expire before their turn; raise relay.download.parallel,"
                                    + " relay.download.max-rate or relay.api.budget-share, or start another instance",
                            text, expiring);
        }
    }
}
