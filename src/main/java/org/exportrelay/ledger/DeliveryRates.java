package org.exportrelay.ledger;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.exportrelay.ledger.database.LedgerDatabase;

/** How much was delivered in a time. Reads what has ended in it. Thread-safe. */
public final class DeliveryRates {

    private final LedgerDatabase database;

    /**
     * @param database open
     */
    public DeliveryRates(LedgerDatabase database) {
        this.database = database;
    }

    /**
     * What a destination has received.
     *
     * @param bytes of files; a link counts none
     */
    public record Delivered(long deliveries, long bytes) {

        /** Nothing. */
        public static final Delivered NONE = new Delivered(0, 0);
    }

    /**
     * By destination; one with none is absent.
     *
     * @param from inclusive
     * @param until exclusive
     */
    public Map<String, Delivered> delivered(Instant from, Instant until) {
        Map<String, Delivered> delivered = new HashMap<>();
        database.jdbi().useHandle(handle -> handle.createQuery(
                        """
                                SELECT destination, count(*) AS deliveries, coalesce(sum(bytes), 0) AS bytes FROM delivery
                                WHERE finished_at >= :from AND finished_at < :until AND state = 'delivered'
                                GROUP BY destination""")
                .bind("from", from)
                .bind("until", until)
                .map((row, context) -> Map.entry(
                        row.getString("destination"), new Delivered(row.getLong("deliveries"), row.getLong("bytes"))))
                .forEach(entry -> delivered.put(entry.getKey(), entry.getValue())));
        return delivered;
    }
}
