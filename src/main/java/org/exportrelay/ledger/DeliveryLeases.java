package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.exportrelay.ledger.database.LedgerDatabase;

/** The leases on claimed deliveries, and what becomes of a delivery whose lease has ended. Thread-safe. */
final class DeliveryLeases {

    /**
     * An attempt whose end is unknown is due again. If its destination was down when it began, it counts no more than an
     * attempt that met the outage, and the next probe tries another delivery first: this one may have ended its process.
     */
    private static final String RELEASE =
            """
            UPDATE delivery SET state = 'retrying', next_attempt_at = :now,
              attempts = attempts - CASE WHEN %1$s THEN 1 ELSE 0 END,
              outage_at = CASE WHEN %1$s THEN :now ELSE outage_at END,
              claim = NULL, lease_owner = NULL, lease_until = NULL
            WHERE state = 'in_progress'"""
                    .formatted(
                            "EXISTS (SELECT 1 FROM destination t WHERE t.name = delivery.destination AND t.down_since IS NOT NULL)");

    private final LedgerDatabase database;
    private final InFlightDeliveries inFlight;
    private final String owner;
    private final Duration lease;
    private final Clock clock;

    /**
     * @param owner this process
     * @param lease how long a claim holds without renewal
     */
    DeliveryLeases(LedgerDatabase database, InFlightDeliveries inFlight, String owner, Duration lease, Clock clock) {
        this.database = database;
        this.inFlight = inFlight;
        this.owner = owner;
        this.lease = lease;
        this.clock = clock;
    }

    /** Renews the leases of the deliveries that are in flight here, and of no others. */
    void renew() {
        Instant until = clock.instant().plus(lease);
        // A row whose outcome is just being recorded needs no renewal, and waiting for it could be a deadlock.
        Sql.chunks(inFlight.ids()).forEach(chunk -> database.leases().useHandle(handle -> handle.createUpdate(
                        """
                                UPDATE delivery SET lease_until = :until WHERE delivery_id IN (
                                  SELECT delivery_id FROM delivery WHERE lease_owner = :owner AND delivery_id IN (<inFlight>)%s)"""
                                .formatted(database.dialect().skipLocked()))
                .bind("until", until)
                .bind("owner", owner)
                .bindList("inFlight", Sql.ids(chunk))
                .execute()));
    }

    /** Releases what other instances left, or this one abandoned, once its lease has ended. */
    int releaseEnded() {
        Instant now = clock.instant();
        List<String> ended = database.jdbi().withHandle(handle -> handle.createQuery(
                        "SELECT delivery_id FROM delivery WHERE state = 'in_progress' AND lease_until <= :now")
                .bind("now", now)
                .mapTo(String.class)
                .filter(id -> !inFlight.contains(id))
                .list());
        return Sql.chunks(ended).stream()
                .mapToInt(chunk -> releaseEnded(chunk, now))
                .sum();
    }

    /** What has been claimed again meanwhile has a new lease. A row that is just being changed is left for the next time. */
    private int releaseEnded(List<String> ids, Instant now) {
        return database.jdbi().withHandle(handle -> handle.createUpdate(RELEASE
                        + """
                                 AND delivery_id IN (
                                  SELECT delivery_id FROM delivery WHERE state = 'in_progress' AND lease_until <= :now
                                    AND delivery_id IN (<ids>)%s)"""
                                .formatted(database.dialect().skipLocked()))
                .bind("now", now)
                .bindList("ids", Sql.ids(ids))
                .execute());
    }

    /** Releases all. For the start of the only process on a ledger. */
    int releaseAll() {
        Instant now = clock.instant();
        return database.jdbi().inTransaction(handle -> {
            Probes.releaseInFlight(handle, now);
            return handle.createUpdate(RELEASE).bind("now", now).execute();
        });
    }
}
