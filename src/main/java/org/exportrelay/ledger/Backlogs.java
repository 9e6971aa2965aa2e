package org.exportrelay.ledger;

import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.exportrelay.delivery.DeliveryWindow;
import org.exportrelay.ledger.database.LedgerDatabase;

/** How many deliveries wait, and how many of them will be too late. Thread-safe. */
public final class Backlogs {

    private final LedgerDatabase database;

    /**
     * @param database open
     */
    public Backlogs(LedgerDatabase database) {
        this.database = database;
    }

    /** Deliveries that are not made yet, for each destination with any. */
    public Map<String, Long> waiting() {
        return database.jdbi().withHandle(handle -> handle
                .createQuery("SELECT destination, count(*) AS waiting FROM delivery WHERE %s GROUP BY destination"
                        .formatted(Sql.OPEN))
                .map((row, context) -> Map.entry(row.getString("destination"), row.getLong("waiting")))
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
    }

    /**
     * Deliveries of a destination that expire before their turn, if those that expire first are made first. A file that a
     * spool has does not expire.
     *
     * @param perSecond deliveries that are made, or files that are downloaded, inside the window
     * @param now by the API's clock
     * @param window empty for any time, as for downloads
     */
    public long expiring(String destination, double perSecond, Instant now, Optional<DeliveryWindow> window) {
        return database.jdbi().withHandle(handle -> {
            try (Stream<Instant> ends = handle
                    .createQuery(
                            """
                            SELECT expires_at FROM delivery WHERE destination = :destination AND spooled_by = ''
                              AND expires_at < :never AND %s ORDER BY expires_at, file_id"""
                                    .formatted(Sql.OPEN))
                    .bind("destination", destination)
                    .bind("never", DeliveryCreator.NEVER)
                    .setFetchSize(1000)
                    .mapTo(Instant.class)
                    .stream()) {
                long expiring = 0;
                long position = 0;
                Instant counted = now;
                Duration open = Duration.ZERO;
                for (Iterator<Instant> end = ends.iterator(); end.hasNext(); ) {
                    position++;
                    Instant next = end.next();
                    if (next.isAfter(counted)) {
                        open = open.plus(open(window, counted, next));
                        counted = next;
                    }
                    expiring = Math.max(expiring, position - (long) (open.toMillis() / 1000.0 * perSecond));
                }
                return expiring;
            }
        });
    }

    private static Duration open(Optional<DeliveryWindow> window, Instant from, Instant until) {
        return window.map(times -> times.openBetween(from, until)).orElseGet(() -> Duration.between(from, until));
    }
}
