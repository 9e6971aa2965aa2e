package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.exportrelay.delivery.DeliveredContent;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryFailure;
import org.exportrelay.delivery.DeliveryOutcome;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.RecentCount;
import org.exportrelay.delivery.RetryPolicy;
import org.exportrelay.ledger.EndedAttempt.MetOutage;
import org.exportrelay.ledger.database.LedgerDatabase;

/**
 * The delivering side of the ledger. A delivery is claimed by one owner, under a lease that is renewed while the
 * delivery is in flight, and its outcome is recorded under that same claim only: the claim's token fences an owner that
 * resumes after another has taken over. Thread-safe.
 */
public final class DeliveryQueue {

    private final InFlightDeliveries inFlight = new InFlightDeliveries();
    /** The destinations for which the last claim found nothing. */
    private final Set<String> idle = ConcurrentHashMap.newKeySet();

    private final AtomicLong delivered = new AtomicLong();
    private final Map<String, RecentCount> recent = new ConcurrentHashMap<>();
    private final LedgerDatabase database;
    private final DestinationStates states;
    private final DeliveryClaims claims;
    private final Probes probes;
    private final DeliveryLeases leases;
    private final AttemptResults results;
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
        this.claims = new DeliveryClaims(database, inFlight, owner, spool, lease, clock);
        this.probes = new Probes(database, claims, lease, clock);
        this.leases = new DeliveryLeases(database, inFlight, owner, lease, clock);
        this.results = new AttemptResults(database, states, clock);
        this.clock = clock;
    }

    /**
     * Claims due deliveries of a destination, nearest expiry first; none of one that is held; of one that is down a single
     * one, when its next probe is due. One that needs the file is due only when this instance's spool has it. One that is
     * still in flight here is left alone although its lease may have ended while the process was paused: otherwise two
     * threads of this process would make it at the same time.
     *
     * @param most 1 or more
     */
    public List<Delivery> claim(Destination destination, int most) {
        Optional<DestinationState> state = states.of(destination.name());
        if (state.flatMap(DestinationState::hold).isPresent()) {
            return List.of();
        }
        Optional<DestinationState.Outage> outage = state.flatMap(DestinationState::outage);
        if (outage.isPresent()) {
            return outage.get().nextProbe().isAfter(clock.instant()) ? List.of() : claimProbe(destination);
        }
        if (idle.contains(destination.name()) && !claims.isAnyDue(destination)) {
            return List.of();
        }
        List<Delivery> claimed = database.jdbi()
                .inTransaction(handle -> claims.claim(handle, destination, most, DeliveryClaims.NEAREST_EXPIRY));
        inFlight.add(claimed);
        if (claimed.isEmpty()) {
            idle.add(destination.name());
        } else {
            idle.remove(destination.name());
        }
        return claimed;
    }

    private List<Delivery> claimProbe(Destination destination) {
        List<Delivery> claimed = probes.claim(destination);
        inFlight.addProbes(claimed);
        states.changed();
        return claimed;
    }

    /** Whether a destination is neither down nor held, as far as this process knows. */
    public boolean isWorking(Destination destination) {
        return states.of(destination.name()).map(DestinationState::isWorking).orElse(true);
    }

    /**
     * Records that the destination has accepted the delivery: this comes last, so that a crash before it repeats the
     * delivery and never loses it.
     *
     * @param location where its file is at the destination; empty if it wrote none
     * @return false if the claim was lost meanwhile; nothing is changed then
     */
    public boolean delivered(Delivery delivery, Optional<String> location) {
        return delivered(delivery, location, Optional.empty());
    }

    /**
     * As {@link #delivered(Delivery, Optional)}.
     *
     * @param content what the destination has received; empty if that is the verified file, or no file
     */
    public boolean delivered(Delivery delivery, Optional<String> location, Optional<DeliveredContent> content) {
        boolean recorded = !end(new EndedAttempt(
                        delivery,
                        inFlight.isProbe(delivery),
                        DeliveryOutcome.DELIVERED,
                        null,
                        false,
                        Optional.empty(),
                        location,
                        content))
                .isLost();
        if (recorded) {
            delivered.incrementAndGet();
        }
        return recorded;
    }

    /**
     * Records that the route ended without handing the export to an endpoint.
     *
     * @param reason as {@code status} shows it
     * @return false if the claim was lost meanwhile; nothing is changed then
     */
    public boolean skipped(Delivery delivery, String reason) {
        return !end(delivery, DeliveryOutcome.SKIPPED, reason, false, Optional.empty())
                .isLost();
    }

    /**
     * Records that an attempt did not succeed.
     *
     * @return what became of the delivery
     */
    public DeliveryOutcome failed(Delivery delivery, DeliveryFailure failure, RetryPolicy retries) {
        Optional<MetOutage> outage = failure.action() == FailureAction.OUTAGE
                ? Optional.of(new MetOutage(retries, failure.retryAfter(), false))
                : Optional.empty();
        DeliveryOutcome outcome = retries.outcomeOf(failure.action(), delivery.attempt());
        return end(delivery, outcome, failure.getMessage(), failure.isAnswer(), outage);
    }

    /** Releases a claimed delivery untried, as when its route stops. */
    public void release(Delivery delivery) {
        end(delivery, DeliveryOutcome.RELEASED, null, false, Optional.empty());
    }

    private DeliveryOutcome end(
            Delivery delivery, DeliveryOutcome outcome, String error, boolean isAnswer, Optional<MetOutage> outage) {
        return end(new EndedAttempt(
                delivery,
                inFlight.isProbe(delivery),
                outcome,
                error,
                isAnswer,
                outage,
                Optional.empty(),
                Optional.empty()));
    }

    private DeliveryOutcome end(EndedAttempt attempt) {
        Delivery delivery = attempt.delivery();
        DeliveryOutcome recorded = results.record(attempt);
        inFlight.remove(delivery);
        recent.computeIfAbsent(delivery.destination(), name -> new RecentCount())
                .increment();
        return recorded;
    }

    /** The ledger cannot record its outcome: the claim is no longer renewed and ends with its lease. */
    public void abandon(Delivery delivery) {
        inFlight.remove(delivery);
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

    /** Renews the leases of the deliveries that are in flight here, and of no others. */
    public void renewLeases() {
        leases.renew();
    }

    /** Makes due again what other instances left, or this one abandoned, once its lease has ended. */
    public int releaseEndedLeases() {
        return leases.releaseEnded();
    }

    /**
     * Makes due again all that was in flight. For the start of the only process on a ledger, which the data directory's
     * lock proves; where several share one, leases decide.
     */
    public int takeOver() {
        return leases.releaseAll();
    }

    /** Attempts that this process has made for a destination within about the last second. */
    public int recent(String destination) {
        RecentCount count = recent.get(destination);
        return count == null ? 0 : count.value();
    }

    /** Deliveries that this process has made since it started. */
    public long deliveredHere() {
        return delivered.get();
    }
}
