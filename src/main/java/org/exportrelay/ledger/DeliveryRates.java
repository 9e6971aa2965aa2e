package org.exportrelay.ledger;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.exportrelay.ledger.database.LedgerDatabase;

/** How many deliveries were made in a time. Reads what has ended in it. Thread-safe. */
public final class DeliveryRates {

    private final LedgerDatabase database;

    /**
     * @param database open
     */
    public DeliveryRates(LedgerDatabase database) {
        this.database = database;
    }

    /**
     * By destination; one with none is absent.
     *
     * @param from inclusive
     * @param until exclusive
     */
    public Map<String, Long> delivered(Instant from, Instant until) {
        Map<String, Long> delivered = new HashMap<>();
        database.jdbi().useHandle(handle -> handle.createQuery(
                        """
                                SELECT destination, count(*) AS deliveries FROM delivery
                                WHERE finished_at >= :from AND finished_at < :until AND state = 'delivered'
                                GROUP BY destination""")
                .bind("from", from)
                .bind("until", until)
                .map((row, context) -> Map.entry(row.getString("destination"), row.getLong("deliveries")))
                .forEach(entry -> delivered.put(entry.getKey(), entry.getValue())));
        return delivered;
    }
}
