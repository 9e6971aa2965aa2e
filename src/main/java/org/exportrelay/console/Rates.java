package org.exportrelay.console;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.exportrelay.ledger.DeliveryRates;
import org.exportrelay.ledger.DeliveryRates.Delivered;
import org.exportrelay.ledger.database.LedgerDatabase;

/**
 * Deliveries of the last hour and of each hour of the last day. An hour that is over is counted once, and what is recent at
 * most every ten seconds, however many pages show it. Thread-safe.
 */
@Singleton
final class Rates {

    static final int HOURS = 24;
    private static final Duration FRESH = Duration.ofSeconds(10);

    private final DeliveryRates rates;
    private final Clock clock;
    private final TreeMap<Instant, Map<String, Delivered>> hours = new TreeMap<>();
    private Map<String, Delivered> lastHour = Map.of();
    private Instant readAt = Instant.EPOCH;

    @Inject
    Rates(LedgerDatabase database) {
        this(new DeliveryRates(database), Clock.systemUTC());
    }

    Rates(DeliveryRates rates, Clock clock) {
        this.rates = rates;
        this.clock = clock;
    }

    /** Deliveries to a destination in the last 60 minutes. */
    synchronized long lastHour(String destination) {
        read();
        return lastHour.getOrDefault(destination, Delivered.NONE).deliveries();
    }

    /** Bytes that were delivered to a destination in the last 60 minutes. */
    synchronized long lastHourBytes(String destination) {
        read();
        return lastHour.getOrDefault(destination, Delivered.NONE).bytes();
    }

    /** Deliveries to a destination in each hour, the oldest first; the last one is not over. */
    synchronized List<Hour> lastDay(String destination) {
        read();
        List<Hour> day = new ArrayList<>();
        hours.forEach((start, all) -> day.add(
                new Hour(start, all.getOrDefault(destination, Delivered.NONE).deliveries())));
        return day;
    }

    private void read() {
        Instant now = clock.instant();
        if (Duration.between(readAt, now).abs().compareTo(FRESH) < 0) {
            return;
        }
        Instant current = now.truncatedTo(ChronoUnit.HOURS);
        // What was counted while it was not over is counted again.
        hours.tailMap(readAt.truncatedTo(ChronoUnit.HOURS)).clear();
        for (int back = HOURS - 1; back >= 0; back--) {
            hours.computeIfAbsent(
                    current.minus(Duration.ofHours(back)),
                    hour -> rates.delivered(hour, hour.plus(Duration.ofHours(1))));
        }
        hours.headMap(current.minus(Duration.ofHours(HOURS - 1L))).clear();
        lastHour = rates.delivered(now.minus(Duration.ofHours(1)), now.plus(FRESH));
        readAt = now;
    }

    /** How many deliveries an hour had. */
    record Hour(Instant start, long deliveries) {}
}
