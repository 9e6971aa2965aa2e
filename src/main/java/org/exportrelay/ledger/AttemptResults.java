package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.exportrelay.delivery.DeliveryOutcome;
import org.exportrelay.delivery.OutageNotice;
import org.exportrelay.ledger.database.GroupCommit;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jboss.logging.Logger;
import org.jdbi.v3.core.Handle;

/**
 * Records how attempts ended together with what that means for their destinations, those of many threads in one
 * transaction. Thread-safe.
 */
final class AttemptResults {

    private static final Logger LOG = Logger.getLogger(DeliveryQueue.class);
    /** A delivery that met so many outages, each after an answer to others, is hardly ever the victim of all of them. */
    private static final int MANY_OUTAGES = 5;

    private final GroupCommit<EndedAttempt, DeliveryOutcome> files = new GroupCommit<>(this::recordAll);
    /**
     * Apart: the end of a file locks its export, and then manifests. A transaction that has locked a manifest already could
     * wait for another one in a circle.
     */
    private final GroupCommit<EndedAttempt, DeliveryOutcome> manifests = new GroupCommit<>(this::recordAll);

    private final LedgerDatabase database;
    private final DestinationStates states;
    private final Outages outages;
    private final Clock clock;

    AttemptResults(LedgerDatabase database, DestinationStates states, Clock clock) {
        this.database = database;
        this.states = states;
        this.outages = new Outages(database.dialect());
        this.clock = clock;
    }

    /**
     * Returns when it is committed.
     *
     * @return what became of the delivery; lost if its claim had ended before, and nothing is changed
     */
    DeliveryOutcome record(EndedAttempt attempt) {
        return (attempt.delivery().isManifest() ? manifests : files).commit(attempt);
    }

    private List<DeliveryOutcome> recordAll(List<EndedAttempt> ended) {
        Instant now = clock.instant();
        List<DeliveryOutcome> outcomes = new ArrayList<>();
        List<OutageNotice> notices;
        try {
            notices = database.jdbi().inTransaction(handle -> record(handle, ended, outcomes, now));
        } catch (RuntimeException e) {
            outages.forget(ended);
            throw e;
        }
        if (ended.stream()
                        .anyMatch(
                                attempt -> attempt.isProbe() || attempt.outage().isPresent())
                || !notices.isEmpty()) {
            states.changed();
        }
        notices.forEach(notice -> notice.log(LOG));
        return outcomes;
    }

    private List<OutageNotice> record(
            Handle handle, List<EndedAttempt> ended, List<DeliveryOutcome> outcomes, Instant now) {
        List<EndedAttempt> attributed =
                ended.stream().map(attempt -> attributed(handle, attempt)).toList();
        List<Boolean> held = AttemptRecorder.record(handle, attributed, now);
        List<EndedAttempt> recorded = new ArrayList<>();
        for (int i = 0; i < attributed.size(); i++) {
            outcomes.add(held.get(i) ? attributed.get(i).outcome() : DeliveryOutcome.LOST);
            if (held.get(i)) {
                recorded.add(attributed.get(i));
            }
        }
        return outages.update(handle, recorded, now);
    }

    /**
     * An outage that a delivery meets although the destination, of whichever instance, has answered others since its last
     * one is its own fault, if it has met one alone before, or many: such as a file at which a server closes the
     * connection. Otherwise it could take its destination down again and again. That several such deliveries meet an
     * outage together clears none of them for good.
     */
    private static EndedAttempt attributed(Handle handle, EndedAttempt attempt) {
        if (attempt.outage().isEmpty()) {
            return attempt;
        }
        boolean isSuspect = handle.createQuery(
                        """
                        SELECT 1 FROM delivery d JOIN destination t ON t.name = d.destination
                        WHERE d.delivery_id = :id AND (d.lone_outages > 0 OR d.outages >= :many)
                          AND d.outage_at < t.answered_at
                          AND t.down_since IS NULL""")
                .bind("id", attempt.deliveryId())
                .bind("many", MANY_OUTAGES)
                .mapTo(Integer.class)
                .findOne()
                .isPresent();
        return isSuspect ? attempt.asFault() : attempt;
    }
}
