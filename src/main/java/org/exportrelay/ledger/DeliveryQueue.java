package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Update;

/**
 * The delivering side of the ledger. A delivery is claimed by one owner, under a lease that the
 * owner renews while it lives, and settled by that same claim only: owner and attempt together
 * fence whoever wakes up late. Thread-safe.
 */
public final class DeliveryQueue {

    private static final Duration POSTPONEMENT = Duration.ofSeconds(5);
    private static final int LONGEST_ERROR = 1000;
    private static final String TAKE_BACK =
            """
            UPDATE delivery SET state = 'retrying', next_attempt_at = :now, lease_owner = NULL, lease_until = NULL
            WHERE state = 'in_progress' AND\s""";

    private final AtomicLong delivered = new AtomicLong();
    private final LedgerDatabase database;
    private final String owner;
    private final Duration lease;
    private final Clock clock;

    /**
     * @param database open
     * @param owner the name under which this process claims
     * @param lease how long a claim holds without renewal
     * @param clock for due times and leases
     */
    public DeliveryQueue(LedgerDatabase database, String owner, Duration lease, Clock clock) {
        this.database = database;
        this.owner = owner;
        this.lease = lease;
        this.clock = clock;
    }

    /**
     * Claims due deliveries of a destination, nearest expiry first. One that needs the file is due
     * only when this instance's spool has it.
     *
     * @param most 1 or more
     */
    public List<Delivery> claim(Destination destination, int most) {
        return database.jdbi().inTransaction(handle -> {
            Instant now = clock.instant();
            List<String> ids = handle.createQuery(
                            """
                            UPDATE delivery SET state = 'in_progress', attempts = attempts + 1, started_at = :now,
                              lease_owner = :owner, lease_until = :until
                            WHERE delivery_id IN (
                              SELECT d.delivery_id FROM delivery d
                              WHERE d.destination = :destination AND d.state IN ('pending', 'retrying')
                                AND d.next_attempt_at <= :now %s
                              ORDER BY d.expires_at, d.file_id LIMIT :most%s)
                            RETURNING delivery_id"""
                                    .formatted(
                                            fileCondition(destination),
                                            database.dialect().skipLocked()))
                    .bind("now", now)
                    .bind("owner", owner)
                    .bind("until", now.plus(lease))
                    .bind("destination", destination.name())
                    .bind("most", most)
                    .mapTo(String.class)
                    .list();
            return ids.isEmpty() ? List.of() : claimed(handle, ids);
        });
    }

    private static String fileCondition(Destination destination) {
        return destination.needsFile()
                ? """
                  AND EXISTS (SELECT 1 FROM export_file f
                    WHERE f.file_id = d.file_id AND f.spool_state = 'ready' AND f.spool_owner = :owner)"""
                : "";
    }

    private static List<Delivery> claimed(Handle handle, List<String> ids) {
        ExportFileMapper files = new ExportFileMapper();
        return handle.createQuery(
                        "SELECT d.delivery_id, d.destination, d.attempts, d.expires_at AS due_order, "
                                + ExportFileMapper.COLUMNS
                                + """
                           FROM delivery d
                          JOIN export_file f ON f.file_id = d.file_id
                          JOIN export e ON e.export_id = f.export_id
                        WHERE d.delivery_id IN (<ids>) ORDER BY d.expires_at, d.file_id""")
                .bindList("ids", ids)
                .map((row, context) -> new Delivery(
                        row.getString("delivery_id"),
                        row.getString("destination"),
                        row.getInt("attempts"),
                        files.map(row, context)))
                .list();
    }

    /**
     * The destination has accepted the delivery: this comes last, so that a crash before it repeats
     * the delivery and never loses it.
     *
     * @return false if the claim was lost meanwhile; nothing is changed then
     */
    public boolean delivered(Delivery delivery) {
        boolean settled = settle(delivery, DeliveryState.DELIVERED, null, null, 0);
        if (settled) {
            delivered.incrementAndGet();
        }
        return settled;
    }

    /**
     * An attempt did not succeed.
     *
     * @return what became of the delivery
     */
    public Settlement failed(Delivery delivery, Remedy remedy, String error, RetryPolicy retries) {
        Settlement settlement = Settlement.of(remedy, delivery.attempt(), retries, POSTPONEMENT);
        boolean settled = settle(delivery, settlement.state(), error, settlement.delay(), settlement.uncounted());
        return settled ? settlement : Settlement.LOST;
    }

    /** Hands a claimed delivery back untried, as when its route stops. */
    public void release(Delivery delivery) {
        settle(delivery, DeliveryState.RETRYING, null, Duration.ZERO, 1);
    }

    private boolean settle(Delivery delivery, DeliveryState state, String error, Duration wait, int uncounted) {
        Instant now = clock.instant();
        boolean waits = state == DeliveryState.RETRYING;
        return database.jdbi().withHandle(handle -> {
            Update update = handle.createUpdate(
                            """
                            UPDATE delivery SET state = :state, attempts = attempts - :uncounted, last_error = :error,
                              next_attempt_at = CASE WHEN :waits = 1 THEN :next ELSE next_attempt_at END,
                              finished_at = CASE WHEN :waits = 1 THEN finished_at ELSE :now END,
                              lease_owner = NULL, lease_until = NULL,
                              bytes = (SELECT size FROM export_file f WHERE f.file_id = delivery.file_id),
                              records = (SELECT records FROM export_file f WHERE f.file_id = delivery.file_id)
                            WHERE delivery_id = :id AND state = 'in_progress' AND lease_owner = :owner
                              AND attempts = :attempt""")
                    .bind("state", state.text())
                    .bind("uncounted", uncounted)
                    .bind("error", shortened(error))
                    .bind("waits", waits ? 1 : 0)
                    .bind("next", waits ? now.plus(wait) : now)
                    .bind("now", now)
                    .bind("id", delivery.deliveryId())
                    .bind("owner", owner)
                    .bind("attempt", delivery.attempt());
            return update.execute() == 1;
        });
    }

    /**
     * Ends the waiting deliveries of a destination whose export has expired and whose file no spool
     * has.
     *
     * @param margin the time that a URL must still have to be of use
     * @return how many
     */
    public int expire(Destination destination, Duration margin) {
        Instant now = clock.instant();
        return database.jdbi().withHandle(handle -> handle.createUpdate(
                        """
                        UPDATE delivery SET state = 'expired', finished_at = :now,
                          last_error = 'the export''s download URLs ran out before it could be delivered'
                            || coalesce('; last: ' || last_error, '')
                        WHERE destination = :destination AND state IN ('pending', 'retrying') AND expires_at <= :end %s"""
                                .formatted(
                                        destination.needsFile()
                                                ? """
                                  AND NOT EXISTS (SELECT 1 FROM export_file f
                                    WHERE f.file_id = delivery.file_id AND f.spool_state <> 'none')"""
                                                : ""))
                .bind("now", now)
                .bind("end", now.plus(destination.needsFile() ? Duration.ZERO : margin))
                .bind("destination", destination.name())
                .execute());
    }

    /** Renews this process's leases; called well within one lease. */
    public void renewLeases() {
        Instant until = clock.instant().plus(lease);
        database.jdbi().useHandle(handle -> handle.createUpdate(
                        "UPDATE delivery SET lease_until = :until WHERE state = 'in_progress' AND lease_owner = :owner")
                .bind("until", until)
                .bind("owner", owner)
                .execute());
    }

    /** Makes due again what instances left behind whose leases have ended. */
    public int releaseEndedLeases() {
        return database.jdbi().withHandle(handle -> handle.createUpdate(TAKE_BACK + "lease_until <= :now")
                .bind("now", clock.instant())
                .execute());
    }

    /** Makes due again what the last process under this name left behind; called once, at its start. */
    public int takeOver() {
        return database.jdbi().withHandle(handle -> handle.createUpdate(TAKE_BACK + "lease_owner = :owner")
                .bind("now", clock.instant())
                .bind("owner", owner)
                .execute());
    }

    /** Deliveries that this process has made since it started. */
    public long deliveredHere() {
        return delivered.get();
    }

    private static String shortened(String error) {
        return error == null || error.length() <= LONGEST_ERROR ? error : error.substring(0, LONGEST_ERROR) + "…";
    }
}
