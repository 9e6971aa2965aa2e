package org.exportrelay.ledger;

import java.util.List;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.ledger.database.LedgerDatabase;

/**
 * Corrects the counters of deliveries that have ended. During a rolling upgrade, instances of 0.1.0 end deliveries, and
 * make them due again, without counting. Thread-safe.
 */
public final class DeliveryCountCheck {

    private final LedgerDatabase database;

    /**
     * @param database open
     */
    public DeliveryCountCheck(LedgerDatabase database) {
        this.database = database;
    }

    /**
     * Compares the counters with the deliveries, and adds the differences. Reads all deliveries, in one statement and so
     * as they were at one point in time: what is counted meanwhile is neither lost nor counted twice. One process at a time
     * may do so.
     *
     * @return how many counters were wrong
     */
    public int correct() {
        return database.jdbi().inTransaction(handle -> {
            List<DeliveryCounts.Change> differences = handle.createQuery(
                            """
                            SELECT destination, state, sum(deliveries) AS difference, max(last_at) AS last_at FROM (
                              SELECT destination, state, count(*) AS deliveries, max(finished_at) AS last_at FROM delivery
                              WHERE state IN ('delivered', 'parked', 'expired', 'skipped') GROUP BY destination, state
                              UNION ALL SELECT destination, state, -deliveries, NULL FROM delivery_count) compared
                            GROUP BY destination, state HAVING sum(deliveries) <> 0""")
                    .map((row, context) -> new DeliveryCounts.Change(
                            row.getString("destination"),
                            DeliveryState.of(row.getString("state")),
                            row.getInt("difference"),
                            Sql.instant(row, "last_at", context)))
                    .list();
            DeliveryCounts.add(handle, differences);
            return differences.size();
        });
    }
}
