package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryFailure;
import org.exportrelay.delivery.DeliveryOutcome;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.OutageNotice;
import org.exportrelay.delivery.RetryPolicy;
import org.exportrelay.ledger.AttemptRecorder.EndedAttempt;
import org.exportrelay.ledger.AttemptRecorder.MetOutage;
import org.exportrelay.ledger.database.GroupCommit;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;

/**
 * The delivering side of the ledger. A delivery is claimed by one owner, under a lease that is renewed while the
 * delivery is in flight, and its outcome is recorded under that same claim only: the claim's token fences an owner that
 * resumes after another has taken over. Thread-safe.
 */
public final class DeliveryQueue {

    private static final Logger LOG = Logger.getLogger(DeliveryQueue.class);

    /** An attempt that began while its destination was down counts no more than one that could report its failure. */
    private static final String RELEASE_ALL =
            """
            UPDATE delivery SET state = 'retrying', next_attempt_at = :now,
              attempts = attempts - CASE WHEN EXISTS (
                SELECT 1 FROM destination t WHERE t.name = delivery.destination AND t.down_since IS NOT NULL) THEN 1 ELSE 0 END,
              claim = NULL, lease_owner = NULL, lease_until = NULL
            WHERE state = 'in_progress'""";

    /** What may be claimed for a destination: what needs no file, or has it in this instance's spool. */
    private static final String DUE = "d.destination = :destination AND d.spooled_by = :spool AND d." + Sql.OPEN
            + " AND d.state <> 'in_progress' AND d.next_attempt_at <= :now";

    private static final String NEAREST_EXPIRY = "d.expires_at, d.file_id";
    /** Those that have not met the outage yet, then the one that met it longest ago. */
    private static final String IN_TURN = "coalesce(d.outage_at, :never), d.expires_at, d.file_id";

    /** Until the next probe, if the last one failed for a reason of its own delivery. */
    private static final Duration AFTER_FAULT = Duration.ofSeconds(5);

    private final Set<String> inFlight = ConcurrentHashMap.newKeySet();
    /** The destinations for which the last claim found nothing. */
    private final Set<String> idle = ConcurrentHashMap.newKeySet();

    /** Deliveries in flight of destinations that are down. */
    private final Set<String> probes = ConcurrentHashMap.newKeySet();
    /** When each destination last accepted a delivery of this process. */
    private final Map<String, Instant> acceptedAt = new ConcurrentHashMap<>();

    private final GroupCommit<EndedAttempt, Recorded> attempts = new GroupCommit<>(this::record);
    private final AtomicLong delivered = new AtomicLong();
    private final LedgerDatabase database;
    private final DestinationStates states;
    private final Outages outages;
    private final String owner;
    private final String spool;
    private final Duration lease;
    private final Clock clock;

    /**
     * @param database open
     * @param states of the destinations
     * @param owner this process
     * @param spool the name under which this process's spool has files
     * @param lease how long a claim holds without renewal
     * @param clock for due times and leases
     */
    public DeliveryQueue(
            LedgerDatabase database,
            DestinationStates states,
            String owner,
            String spool,
            Duration lease,
            Clock clock) {
        this.database = database;
        this.states = states;
        this.outages = new Outages(database);
        this.owner = owner;
        this.spool = spool;
        this.lease = lease;
        this.clock = clock;
    }

    /**
     * Claims due deliveries of a destination, nearest expiry first; none of one that is paused; of one that is down a single
     * one, when its next probe is due. One that needs the file is due only when this instance's spool has it. One that is
     * still in flight here is left alone although its lease may have ended while the process was paused: otherwise two
     * threads of this process would make it at the same time.
     *
     * @param most 1 or more
     */
    public List<Delivery> claim(Destination destination, int most) {
        Optional<DestinationState> state = states.of(destination.name());
        if (state.flatMap(DestinationState::pause).isPresent()) {
            return List.of();
        }
        Optional<DestinationState.Outage> outage = state.flatMap(DestinationState::outage);
        if (outage.isPresent()) {
            return outage.get().nextProbe().isAfter(clock.instant()) ? List.of() : claimProbe(destination);
        }
        if (idle.contains(destination.name()) && !isAnyDue(destination)) {
            return List.of();
        }
        String claim = UUID.randomUUID().toString();
        List<Delivery> claimed = database.jdbi().inTransaction(handle -> {
            List<String> ids = claim(handle, destination, most, claim, NEAREST_EXPIRY);
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

    /** Whether a destination is neither down nor paused, as far as this process knows. */
    public boolean isWorking(Destination destination) {
        return states.of(destination.name()).map(DestinationState::isWorking).orElse(true);
    }

    private List<Delivery> claimProbe(Destination destination) {
        if (!isAnyDue(destination)) {
            return List.of();
        }
        String claim = UUID.randomUUID().toString();
        Instant now = clock.instant();
        List<Delivery> claimed = database.jdbi().inTransaction(handle -> {
            if (!outages.reserveProbe(handle, destination.name(), now, now.plus(lease))) {
                return List.of();
            }
            List<String> ids = claim(handle, destination, 1, claim, IN_TURN);
            if (ids.isEmpty()) {
                // Another instance may have one to try.
                outages.nextProbe(handle, destination.name(), now);
                return List.of();
            }
            return deliveries(handle, ids, claim);
        });
        claimed.forEach(delivery -> {
            inFlight.add(delivery.deliveryId());
            probes.add(delivery.deliveryId());
        });
        states.changed();
        return claimed;
    }

    /**
     * Whether there may be something to claim. Most polls end here: an idle relay writes nothing. In the order of the index:
     * otherwise PostgreSQL reads the whole table where most of it is the backlog of another destination.
     */
    private boolean isAnyDue(Destination destination) {
        return database.jdbi()
                .withHandle(handle -> handle.createQuery(
                                "SELECT 1 FROM delivery d WHERE " + DUE + " ORDER BY " + NEAREST_EXPIRY + " LIMIT 1")
                        .bind("destination", destination.name())
                        .bind("spool", spoolOf(destination))
                        .bind("now", clock.instant())
                        .mapTo(Integer.class)
                        .findOne())
                .isPresent();
    }

    private String spoolOf(Destination destination) {
        return destination.needsFile() ? spool : SpooledFiles.NO_SPOOL;
    }

    private List<String> claim(Handle handle, Destination destination, int most, String claim, String order) {
        Instant now = clock.instant();
        // Materialized: otherwise PostgreSQL may run the subquery again for each row, and claim beyond its limit.
        return handle.createQuery(
                        """
                        WITH due AS MATERIALIZED (
                          SELECT d.delivery_id FROM delivery d
                          WHERE %s AND d.needs_file = :needsFile AND d.delivery_id NOT IN (<inFlight>)
                          ORDER BY %s LIMIT :most%s)
                        UPDATE delivery SET state = 'in_progress', attempts = attempts + 1, claims = claims + 1,
                          claim = :claim, lease_owner = :owner, lease_until = :until
                        WHERE delivery_id IN (SELECT delivery_id FROM due)
                        RETURNING delivery_id"""
                                .formatted(DUE, order, database.dialect().skipLocked()))
                .bind("now", now)
                .bind("claim", claim)
                .bind("owner", owner)
                .bind("until", now.plus(lease))
                .bind("destination", destination.name())
                .bind("spool", spoolOf(destination))
                .bind("needsFile", destination.needsFile())
                .bind("never", Instant.EPOCH)
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
                        row.getInt("claims"),
                        row.getInt("replays"),
                        claim,
                        files.map(row, context)))
                .list();
    }

    /**
     * Records that the destination has accepted the delivery: this comes last, so that a crash before it repeats the
     * delivery and never loses it.
     *
     * @param location where its file is at the destination; empty if it wrote none
     * @return false if the claim was lost meanwhile; nothing is changed then
     */
    public boolean delivered(Delivery delivery, Optional<String> location) {
        boolean recorded = !end(delivery, DeliveryOutcome.DELIVERED, null, Optional.empty(), location)
                .isLost();
        if (recorded) {
            delivered.incrementAndGet();
        }
        return recorded;
    }

    /** Records a delivery that wrote no file. */
    public boolean delivered(Delivery delivery) {
        return delivered(delivery, Optional.empty());
    }

    /**
     * Records that the route ended without handing the export to an endpoint.
     *
     * @param reason as {@code status} shows it
     * @return false if the claim was lost meanwhile; nothing is changed then
     */
    public boolean skipped(Delivery delivery, String reason) {
        return !end(delivery, DeliveryOutcome.SKIPPED, reason, Optional.empty()).isLost();
    }

    /**
     * Records that an attempt did not succeed.
     *
     * @return what became of the delivery
     */
    public DeliveryOutcome failed(Delivery delivery, DeliveryFailure failure, RetryPolicy retries) {
        Optional<MetOutage> outage = failure.action() == FailureAction.OUTAGE
                ? Optional.of(
                        new MetOutage(retries, failure.retryAfter(), probes.contains(delivery.deliveryId()), false))
                : Optional.empty();
        return end(delivery, retries.outcomeOf(failure.action(), delivery.attempt()), failure.getMessage(), outage);
    }

    /** Releases a claimed delivery untried, as when its route stops. */
    public void release(Delivery delivery) {
        end(delivery, DeliveryOutcome.RELEASED, null, Optional.empty());
    }

    /** The ledger cannot record its outcome: the claim is no longer renewed and ends with its lease. */
    public void abandon(Delivery delivery) {
        inFlight.remove(delivery.deliveryId());
        probes.remove(delivery.deliveryId());
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

    private DeliveryOutcome end(Delivery delivery, DeliveryOutcome outcome, String error, Optional<MetOutage> outage) {
        return end(delivery, outcome, error, outage, Optional.empty());
    }

    private DeliveryOutcome end(
            Delivery delivery,
            DeliveryOutcome outcome,
            String error,
            Optional<MetOutage> outage,
            Optional<String> location) {
        Recorded recorded = attempts.commit(new EndedAttempt(
                delivery.deliveryId(),
                delivery.destination(),
                delivery.claim(),
                delivery.file(),
                delivery.attempt(),
                outcome,
                error,
                outage,
                location));
        inFlight.remove(delivery.deliveryId());
        probes.remove(delivery.deliveryId());
        return recorded.isRecorded() ? recorded.outcome() : DeliveryOutcome.LOST;
    }

    private List<Recorded> record(List<EndedAttempt> ended) {
        Instant now = clock.instant();
        List<Recorded> recorded = new ArrayList<>();
        List<OutageNotice> notices = database.jdbi().inTransaction(handle -> {
            List<EndedAttempt> attributed =
                    ended.stream().map(attempt -> attributed(handle, attempt)).toList();
            List<Boolean> held = AttemptRecorder.record(handle, attributed, now);
            List<EndedAttempt> effective = new ArrayList<>();
            for (int i = 0; i < attributed.size(); i++) {
                recorded.add(new Recorded(held.get(i), attributed.get(i).outcome()));
                if (held.get(i)) {
                    effective.add(attributed.get(i));
                }
            }
            releaseProbes(handle, effective, now);
            return outages.update(handle, effective, now);
        });
        ended.stream().filter(EndedAttempt::isDelivered).forEach(attempt -> acceptedAt.put(attempt.destination(), now));
        if (ended.stream().anyMatch(attempt -> attempt.outage().isPresent()) || !notices.isEmpty()) {
            states.changed();
        }
        notices.forEach(notice -> notice.log(LOG));
        return recorded;
    }

    /**
     * An outage that a delivery meets while others are accepted is its own fault, if it has met one alone before: such as a
     * file at which a server closes the connection. Otherwise it could take its destination down again and again.
     */
    private EndedAttempt attributed(Handle handle, EndedAttempt attempt) {
        Instant accepted = acceptedAt.get(attempt.destination());
        if (attempt.outage().isEmpty() || accepted == null) {
            return attempt;
        }
        boolean isSuspect = handle.createQuery(
                        """
                        SELECT 1 FROM delivery d JOIN destination t ON t.name = d.destination
                        WHERE d.delivery_id = :id AND d.lone_outages > 0 AND d.outage_at < :accepted
                          AND t.down_since IS NULL""")
                .bind("id", attempt.deliveryId())
                .bind("accepted", accepted)
                .mapTo(Integer.class)
                .findOne()
                .isPresent();
        return isSuspect ? attempt.asFault() : attempt;
    }

    /** A probe that ended without an answer of the destination leaves the next one to another delivery. */
    private void releaseProbes(Handle handle, List<EndedAttempt> ended, Instant now) {
        ended.stream()
                .filter(attempt -> probes.contains(attempt.deliveryId()))
                .filter(attempt -> !attempt.isDelivered() && !attempt.takesDown())
                .forEach(attempt -> outages.nextProbe(
                        handle,
                        attempt.destination(),
                        attempt.outcome() == DeliveryOutcome.RELEASED ? now : now.plus(AFTER_FAULT)));
    }
    /** Renews the leases of the deliveries that are in flight here, and of no others. */
    public void renewLeases() {
        if (inFlight.isEmpty()) {
            return;
        }
        // A row whose outcome is just being recorded needs no renewal, and waiting for it could be a deadlock.
        database.leases().useHandle(handle -> handle.createUpdate(
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
        Instant now = clock.instant();
        return database.jdbi().inTransaction(handle -> {
            outages.releaseProbesInFlight(handle, now);
            return handle.createUpdate(RELEASE_ALL).bind("now", now).execute();
        });
    }

    /** Deliveries that this process has made since it started. */
    public long deliveredHere() {
        return delivered.get();
    }

    private record Recorded(boolean isRecorded, DeliveryOutcome outcome) {}
}
