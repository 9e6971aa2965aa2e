package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryFailure;
import org.exportrelay.delivery.DeliveryOutcome;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.RetryPolicy;
import org.exportrelay.ledger.AttemptRecorder.EndedAttempt;
import org.exportrelay.ledger.database.GroupCommit;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.Handle;

/**
 * The delivering side of the ledger. A delivery is claimed by one owner, under a lease that is renewed while the
 * delivery is in flight, and its outcome is recorded under that same claim only: the claim's token fences an owner that
 * resumes after another has taken over. Thread-safe.
 */
public final class DeliveryQueue {

    private static final String RELEASE_ALL =
            "UPDATE delivery SET state = 'retrying', next_attempt_at = :now, claim = NULL,"
                    + " lease_owner = NULL, lease_until = NULL WHERE " + Sql.OPEN + " AND state = 'in_progress'";

    /** What may be claimed for a destination, once its file is in the spool if it needs one. */
    private static final String DUE = "d.destination = :destination AND d." + Sql.OPEN
            + " AND d.state <> 'in_progress' AND d.next_attempt_at <= :now";

    private final Set<String> inFlight = ConcurrentHashMap.newKeySet();
    /** The destinations for which the last claim found nothing. */
    private final Set<String> idle = ConcurrentHashMap.newKeySet();

    private final GroupCommit<EndedAttempt, Boolean> attempts = new GroupCommit<>(this::record);
    private final AtomicLong delivered = new AtomicLong();
    private final LedgerDatabase database;
    private final String owner;
    private final Duration lease;
    private final Clock clock;

    /**
     * @param database open
     * @param owner this process
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
     * Claims due deliveries of a destination, nearest expiry first. One that needs the file is due only when this
     * instance's spool has it. One that is still in flight here is left alone although its lease may have ended while
     * the process was paused: otherwise two threads of this process would make it at the same time.
     *
     * @param most 1 or more
     */
    public List<Delivery> claim(Destination destination, int most) {
        if (idle.contains(destination.name()) && !isAnyDue(destination)) {
            return List.of();
        }
        String claim = UUID.randomUUID().toString();
        List<Delivery> claimed = database.jdbi().inTransaction(handle -> {
            List<String> ids = claim(handle, destination, most, claim);
            return ids.isEmpty() ? List.of() : deliveries(handle, ids, claim);
        });
        claimed.forEach(delivery -> inFlight.add(delivery.deliveryId()));
        if (claimed.isEmpty()) {
            idle.add(destination.name());
        } else {
            idle.remove(destination.name());
        }
        return claimed;
    }

    /** Whether there may be something to claim. Most polls end here: an idle relay writes nothing. */
    private boolean isAnyDue(Destination destination) {
        return database.jdbi()
                .withHandle(handle -> handle.createQuery("SELECT 1 FROM delivery d WHERE " + DUE + " LIMIT 1")
                        .bind("destination", destination.name())
                        .bind("now", clock.instant())
                        .mapTo(Integer.class)
                        .findOne())
                .isPresent();
    }

    private List<String> claim(Handle handle, Destination destination, int most, String claim) {
        Instant now = clock.instant();
        // Materialized: otherwise PostgreSQL may run the subquery again for each row, and claim beyond its limit.
        return handle.createQuery(
                        """
                        WITH due AS MATERIALIZED (
                          SELECT d.delivery_id FROM delivery d
                          WHERE %s
                            AND d.delivery_id NOT IN (<inFlight>) AND (NOT d.needs_file OR EXISTS (
                              SELECT 1 FROM export_file f WHERE f.file_id = d.file_id
                                AND f.spool_state = 'ready' AND f.spool_owner = :owner))
                          ORDER BY d.expires_at, d.file_id LIMIT :most%s)
                        UPDATE delivery SET state = 'in_progress', attempts = attempts + 1, claims = claims + 1,
                          claim = :claim, lease_owner = :owner, lease_until = :until
                        WHERE delivery_id IN (SELECT delivery_id FROM due)
                        RETURNING delivery_id"""
                                .formatted(DUE, database.dialect().skipLocked()))
                .bind("now", now)
                .bind("claim", claim)
                .bind("owner", owner)
                .bind("until", now.plus(lease))
                .bind("destination", destination.name())
                .bindList("inFlight", Sql.ids(inFlight))
                .bind("most", most)
                .mapTo(String.class)
                .list();
    }

    private static List<Delivery> deliveries(Handle handle, List<String> ids, String claim) {
        ExportFileMapper files = new ExportFileMapper();
        return handle.createQuery(
                        "SELECT d.delivery_id, d.destination, d.attempts, d.claims, d.replays, "
                                + ExportFileMapper.COLUMNS
                                + """
                           FROM delivery d
                          JOIN export_file f ON f.file_id = d.file_id
                          JOIN export e ON e.export_id = f.export_id
                        WHERE d.delivery_id IN (<ids>) ORDER BY d.expires_at, d.file_id""")
                .bindList("ids", Sql.ids(ids))
                .map((row, context) -> new Delivery(
                        row.getString("delivery_id"),
                        row.getString("destination"),
                        row.getInt("attempts"),
                        row.getInt("claims") == 1,
                        row.getInt("replays"),
                        claim,
                        files.map(row, context)))
                .list();
    }

    /**
     * Records that the destination has accepted the delivery: this comes last, so that a crash before it repeats the
     * delivery and never loses it.
     *
     * @return false if the claim was lost meanwhile; nothing is changed then
     */
    public boolean delivered(Delivery delivery) {
        boolean recorded = end(delivery, DeliveryOutcome.DELIVERED, null);
        if (recorded) {
            delivered.incrementAndGet();
        }
        return recorded;
    }

    /**
     * Records that an attempt did not succeed.
     *
     * @return what became of the delivery
     */
    public DeliveryOutcome failed(Delivery delivery, DeliveryFailure failure, RetryPolicy retries) {
        DeliveryOutcome outcome = retries.outcomeOf(failure.action(), delivery.attempt());
        return end(delivery, outcome, failure.getMessage()) ? outcome : DeliveryOutcome.LOST;
    }

    /** Releases a claimed delivery untried, as when its route stops. */
    public void release(Delivery delivery) {
        end(delivery, DeliveryOutcome.RELEASED, null);
    }

    /** The ledger cannot record its outcome: the claim is no longer renewed and ends with its lease. */
    public void abandon(Delivery delivery) {
        inFlight.remove(delivery.deliveryId());
    }

    /**
     * Whether a claim still holds. An owner that has first fenced earlier attempts at the destination, and then finds
     * that it does, knows that none of them has been completed.
     */
    public boolean holds(Delivery delivery) {
        return database.jdbi()
                .withHandle(handle -> handle.createQuery(
                                "SELECT 1 FROM delivery WHERE delivery_id = :id AND claim = :claim")
                        .bind("id", delivery.deliveryId())
                        .bind("claim", delivery.claim())
                        .mapTo(Integer.class)
                        .findOne())
                .isPresent();
    }

    private boolean end(Delivery delivery, DeliveryOutcome outcome, String error) {
        boolean recorded = attempts.commit(new EndedAttempt(
                delivery.deliveryId(), delivery.claim(), delivery.file(), delivery.attempt(), outcome, error));
        inFlight.remove(delivery.deliveryId());
        return recorded;
    }

    private List<Boolean> record(List<EndedAttempt> ended) {
        return database.jdbi().inTransaction(handle -> AttemptRecorder.record(handle, ended, clock.instant()));
    }

    /** Renews the leases of the deliveries that are in flight here, and of no others. */
    public void renewLeases() {
        if (inFlight.isEmpty()) {
            return;
        }
        // A row whose outcome is just being recorded needs no renewal, and waiting for it could be a deadlock.
        database.jdbi().useHandle(handle -> handle.createUpdate(
                        """
                        UPDATE delivery SET lease_until = :until WHERE delivery_id IN (
                          SELECT delivery_id FROM delivery WHERE lease_owner = :owner AND delivery_id IN (<inFlight>)%s)"""
                                .formatted(database.dialect().skipLocked()))
                .bind("until", clock.instant().plus(lease))
                .bind("owner", owner)
                .bindList("inFlight", Sql.ids(inFlight))
                .execute());
    }

    /** Makes due again what other instances left, or this one abandoned, once its lease has ended. */
    public int releaseEndedLeases() {
        return database.jdbi().withHandle(handle -> handle.createUpdate(
                        RELEASE_ALL + " AND lease_until <= :now AND delivery_id NOT IN (<inFlight>)")
                .bind("now", clock.instant())
                .bindList("inFlight", Sql.ids(inFlight))
                .execute());
    }

    /**
     * Makes due again all that was in flight. For the start of the only process on a ledger, which the data directory's
     * lock proves; where several share one, leases decide.
     */
    public int takeOver() {
        return database.jdbi().withHandle(handle -> handle.createUpdate(RELEASE_ALL)
                .bind("now", clock.instant())
                .execute());
    }

    /** Deliveries that this process has made since it started. */
    public long deliveredHere() {
        return delivered.get();
    }
}
