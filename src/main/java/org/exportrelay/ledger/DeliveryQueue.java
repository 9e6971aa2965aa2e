package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryOutcome;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.RetryPolicy;
import org.exportrelay.ledger.database.GroupCommit;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/**
 * The delivering side of the ledger. A delivery is claimed by one owner, under a lease that is
 * renewed while the owner has it in hand, and settled by that same claim only: its token fences
 * whoever wakes up late. Thread-safe.
 */
public final class DeliveryQueue {

    private static final String TAKE_BACK =
            "UPDATE delivery SET state = 'retrying', next_attempt_at = :now, claim = NULL,"
                    + " lease_owner = NULL, lease_until = NULL WHERE " + Sql.OPEN + " AND state = 'in_progress'";

    /** What may be claimed for a destination, if its file is there where it needs one. */
    private static final String DUE = "d.destination = :destination AND d." + Sql.OPEN
            + " AND d.state <> 'in_progress' AND d.next_attempt_at <= :now";

    private final Set<String> inHand = ConcurrentHashMap.newKeySet();
    /** The destinations for which the last claim found nothing. */
    private final Set<String> idle = ConcurrentHashMap.newKeySet();

    private final GroupCommit<Outcome, Boolean> settlements = new GroupCommit<>(this::settle);
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
     * Claims due deliveries of a destination, nearest expiry first. One that needs the file is due
     * only when this instance's spool has it. One that this process still has in hand is left alone,
     * although its lease may have ended while the process was paused: else two of its threads would
     * make it at a time.
     *
     * @param most 1 or more
     */
    public List<Delivery> claim(Destination destination, int most) {
        if (idle.contains(destination.name()) && !isAnyDue(destination)) {
            return List.of();
        }
        String claim = UUID.randomUUID().toString();
        List<Delivery> claimed = database.jdbi().inTransaction(handle -> {
            Instant now = clock.instant();
            // Materialized: PostgreSQL may else run the subquery again for each row, and claim beyond its limit.
            List<String> ids = handle.createQuery(
                            """
                            WITH due AS MATERIALIZED (
                              SELECT d.delivery_id FROM delivery d
                              WHERE %s
                                AND d.delivery_id NOT IN (<held>) AND (NOT d.needs_file OR EXISTS (
                                  SELECT 1 FROM export_file f WHERE f.file_id = d.file_id
                                    AND f.spool_state = 'ready' AND f.spool_owner = :owner))
                              ORDER BY d.expires_at, d.file_id LIMIT :most%s)
                            UPDATE delivery SET state = 'in_progress', attempts = attempts + 1, claims = claims + 1,
                              started_at = :now,
                              claim = :claim, lease_owner = :owner, lease_until = :until
                            WHERE delivery_id IN (SELECT delivery_id FROM due)
                            RETURNING delivery_id"""
                                    .formatted(DUE, database.dialect().skipLocked()))
                    .bind("now", now)
                    .bind("claim", claim)
                    .bind("owner", owner)
                    .bind("until", now.plus(lease))
                    .bind("destination", destination.name())
                    .bindList("held", Sql.ids(inHand))
                    .bind("most", most)
                    .mapTo(String.class)
                    .list();
            return ids.isEmpty() ? List.of() : claimed(handle, ids, claim);
        });
        claimed.forEach(delivery -> inHand.add(delivery.deliveryId()));
        if (claimed.isEmpty()) {
            idle.add(destination.name());
        } else {
            idle.remove(destination.name());
        }
        return claimed;
    }

    /** Whether there may be something to claim. Most looks end here: an idle relay need not write. */
    private boolean isAnyDue(Destination destination) {
        return database.jdbi()
                .withHandle(handle -> handle.createQuery("SELECT 1 FROM delivery d WHERE " + DUE + " LIMIT 1")
                        .bind("destination", destination.name())
                        .bind("now", clock.instant())
                        .mapTo(Integer.class)
                        .findOne())
                .isPresent();
    }

    private static List<Delivery> claimed(Handle handle, List<String> ids, String claim) {
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
     * The destination has accepted the delivery: this comes last, so that a crash before it repeats
     * the delivery and never loses it.
     *
     * @return false if the claim was lost meanwhile; nothing is changed then
     */
    public boolean delivered(Delivery delivery) {
        boolean settled = settle(delivery, new DeliveryOutcome(DeliveryState.DELIVERED, null, 0), null);
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
    public DeliveryOutcome failed(Delivery delivery, FailureAction remedy, String error, RetryPolicy retries) {
        DeliveryOutcome settlement = DeliveryOutcome.of(remedy, delivery.attempt(), retries);
        return settle(delivery, settlement, error) ? settlement : DeliveryOutcome.LOST;
    }

    /**
     * Whether a claim still holds. Whoever has fenced earlier attempts at the destination first, and
     * then finds it held, knows that none has been completed.
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

    /** Hands a claimed delivery back untried, as when its route stops. */
    public void release(Delivery delivery) {
        settle(delivery, new DeliveryOutcome(DeliveryState.RETRYING, Duration.ZERO, 1), null);
    }

    /** Its outcome cannot be told to the ledger: the claim is no longer renewed and ends with its lease. */
    public void abandon(Delivery delivery) {
        inHand.remove(delivery.deliveryId());
    }

    private boolean settle(Delivery delivery, DeliveryOutcome settlement, String error) {
        boolean settled = settlements.commit(new Outcome(delivery, settlement, error));
        inHand.remove(delivery.deliveryId());
        return settled;
    }

    private List<Boolean> settle(List<Outcome> outcomes) {
        Instant now = clock.instant();
        return database.jdbi().inTransaction(handle -> {
            PreparedBatch batch = handle.prepareBatch(
                    """
                    UPDATE delivery SET state = :state, attempts = attempts - :uncounted, last_error = :error,
                      next_attempt_at = :next, finished_at = :finished,
                      claim = NULL, lease_owner = NULL, lease_until = NULL, bytes = :bytes, records = :records
                    WHERE delivery_id = :id AND claim = :claim""");
            outcomes.forEach(outcome -> bind(batch, outcome, now));
            return IntStream.of(batch.execute()).mapToObj(rows -> rows == 1).toList();
        });
    }

    private static void bind(PreparedBatch batch, Outcome outcome, Instant now) {
        DeliveryOutcome settlement = outcome.settlement();
        ExportFile file = outcome.delivery().file();
        boolean isFinal = settlement.state().isFinal();
        boolean isDelivered = settlement.state() == DeliveryState.DELIVERED;
        batch.bind("state", settlement.state().text())
                .bind("uncounted", settlement.uncounted())
                .bind("error", Sql.shortened(outcome.error()))
                .bind("next", isFinal ? now : now.plus(settlement.delay()))
                .bindByType("finished", isFinal ? now : null, Instant.class)
                .bind("bytes", isDelivered ? file.size() : null)
                .bind("records", isDelivered ? file.records() : null)
                .bind("id", outcome.delivery().deliveryId())
                .bind("claim", outcome.delivery().claim())
                .add();
    }

    /**
     * Ends waiting deliveries whose export has expired, also those of destinations that do not run:
     * for a file none is being fetched or in a spool, for a link less than a margin is left.
     *
     * @return the destinations, once per delivery
     */
    public List<String> expire(Duration margin) {
        Instant now = clock.instant();
        return database.jdbi().withHandle(handle -> handle.createQuery(
                        """
                        UPDATE delivery SET state = 'expired', finished_at = :now,
                          last_error = 'the download URLs of its export ran out before it could be delivered; run the export again'
                            || coalesce('; last: ' || last_error, '')
                        WHERE %s AND state <> 'in_progress' AND (
                          NOT needs_file AND expires_at <= :end
                          OR needs_file AND expires_at <= :now AND NOT EXISTS (
                            SELECT 1 FROM export_file f WHERE f.file_id = delivery.file_id AND f.spool_state <> 'none'))
                        RETURNING destination"""
                                .formatted(Sql.OPEN))
                .bind("now", now)
                .bind("end", now.plus(margin))
                .mapTo(String.class)
                .list());
    }

    /** Renews the leases of what this process has in hand, and of nothing else. */
    public void renewLeases() {
        if (inHand.isEmpty()) {
            return;
        }
        // A row that is just being settled needs no renewal, and waiting for it could be a deadlock.
        database.jdbi().useHandle(handle -> handle.createUpdate(
                        """
                        UPDATE delivery SET lease_until = :until WHERE delivery_id IN (
                          SELECT delivery_id FROM delivery WHERE lease_owner = :owner AND delivery_id IN (<held>)%s)"""
                                .formatted(database.dialect().skipLocked()))
                .bind("until", clock.instant().plus(lease))
                .bind("owner", owner)
                .bindList("held", Sql.ids(inHand))
                .execute());
    }

    /** Makes due again what other instances left behind, or this one abandoned, when the lease has ended. */
    public int releaseEndedLeases() {
        return database.jdbi().withHandle(handle -> handle.createUpdate(
                        TAKE_BACK + " AND lease_until <= :now AND delivery_id NOT IN (<held>)")
                .bind("now", clock.instant())
                .bindList("held", Sql.ids(inHand))
                .execute());
    }

    /**
     * Makes due again all that was under way. For the start of the only process on a ledger, which
     * the data directory's lock proves; where several share one, leases decide.
     */
    public int takeOver() {
        return database.jdbi().withHandle(handle -> handle.createUpdate(TAKE_BACK)
                .bind("now", clock.instant())
                .execute());
    }

    /** Deliveries that this process has made since it started. */
    public long deliveredHere() {
        return delivered.get();
    }

    private record Outcome(Delivery delivery, DeliveryOutcome settlement, String error) {}
}
