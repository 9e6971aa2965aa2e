package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.Destination;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.Handle;

/**
 * The attempts that find out whether a destination which is down is back: one at a time among all instances, with each
 * waiting delivery in turn. Thread-safe.
 */
final class Probes {

    private final LedgerDatabase database;
    private final DeliveryClaims claims;
    private final Duration lease;
    private final Clock clock;

    /**
     * @param lease no other instance probes before, should this one die
     */
    Probes(LedgerDatabase database, DeliveryClaims claims, Duration lease, Clock clock) {
        this.database = database;
        this.claims = claims;
        this.lease = lease;
        this.clock = clock;
    }

    /** Claims the delivery to try next; none if the next probe is not due, or this instance has nothing to try. */
    List<Delivery> claim(Destination destination) {
        if (!claims.isAnyDue(destination)) {
            return List.of();
        }
        Instant now = clock.instant();
        return database.jdbi().inTransaction(handle -> {
            if (!reserve(handle, destination.name(), now)) {
                return List.of();
            }
            List<Delivery> claimed = claims.claim(handle, destination, 1, DeliveryClaims.IN_TURN);
            if (claimed.isEmpty()) {
                // Another instance may have one to try.
                setNext(handle, destination.name(), now);
            }
            return claimed;
        });
    }

    private boolean reserve(Handle handle, String destination, Instant now) {
        return handle.createUpdate(
                                """
                                UPDATE destination SET probe_at = :until WHERE name IN (
                                  SELECT name FROM destination WHERE name = :name AND down_since IS NOT NULL
                                    AND probe_at <= :now AND paused_at IS NULL%s)"""
                                        .formatted(database.dialect().skipLocked()))
                        .bind("until", now.plus(lease))
                        .bind("name", destination)
                        .bind("now", now)
                        .execute()
                == 1;
    }

    /** The next probe of a destination, if it is down, is due then. */
    static void setNext(Handle handle, String destination, Instant at) {
        handle.createUpdate("UPDATE destination SET probe_at = :at WHERE name = :name AND down_since IS NOT NULL")
                .bind("at", at)
                .bind("name", destination)
                .execute();
    }

    /** Probes that a killed process had in flight are due again: their reservation was meant for other instances. */
    static void releaseInFlight(Handle handle, Instant now) {
        handle.createUpdate(
                        """
                        UPDATE destination SET probe_at = :now WHERE down_since IS NOT NULL AND EXISTS (
                          SELECT 1 FROM delivery d WHERE d.destination = destination.name AND d.state = 'in_progress')""")
                .bind("now", now)
                .execute();
    }
}
