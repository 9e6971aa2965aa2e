package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.Handle;

/** Ends deliveries whose export has expired before they were made. Thread-safe. */
public final class DeliveryExpiry {

    /** Deliveries that are ended in one statement: others must not wait for long where tens of thousands end together. */
    private static final int BATCH = 1000;

    private final LedgerDatabase database;
    private final Clock clock;

    /**
     * @param database open
     * @param clock for when they ended
     */
    public DeliveryExpiry(LedgerDatabase database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * Ends waiting deliveries whose export has expired, also those of destinations that do not run: one that needs a
     * file if it is neither being downloaded nor in a spool, a link if its URL is valid for less than a margin.
     *
     * @param past an instant that has certainly passed, by the API's clock
     * @param margin links need so much validity
     * @return the destinations, once per delivery
     */
    public List<String> expire(Instant past, Duration margin) {
        Instant end = past.plus(margin);
        return destinations(end).stream()
                .flatMap(destination -> expire(destination, past, end).stream())
                .toList();
    }

    /** Those with deliveries to end: the search is by destination, since what waits may be much and is not walked. */
    private List<String> destinations(Instant end) {
        return database.jdbi().withHandle(handle -> handle.createQuery(
                        """
                        SELECT t.name FROM destination t WHERE EXISTS (
                          SELECT 1 FROM delivery d WHERE d.destination = t.name AND d.spooled_by = '' AND d.%s
                            AND d.expires_at <= :end AND d.state <> 'in_progress')"""
                                .formatted(Sql.OPEN))
                .bind("end", end)
                .mapTo(String.class)
                .list());
    }

    private List<String> expire(String destination, Instant past, Instant end) {
        int expired = 0;
        int batch;
        do {
            batch = expireBatch(destination, past, end).size();
            expired += batch;
        } while (batch == BATCH);
        return Collections.nCopies(expired, destination);
    }

    private List<String> expireBatch(String destination, Instant past, Instant end) {
        return database.jdbi().inTransaction(handle -> {
            List<String> ended = expireBatch(handle, destination, past, end);
            if (ended.isEmpty()) {
                return ended;
            }
            Instant now = clock.instant();
            DeliveryCounts.add(
                    handle, List.of(new DeliveryCounts.Change(destination, DeliveryState.EXPIRED, ended.size(), now)));
            record(handle, ended, now);
            return ended;
        });
    }

    /** The reason is that of the delivery, which has its last error as well. */
    private static void record(Handle handle, List<String> deliveries, Instant now) {
        EventLog.lock(handle);
        handle.createUpdate(
                        """
                        INSERT INTO event (at, kind, actor, destination, export_id, file_id, delivery_id, attempt, message)
                        SELECT :now, :kind, :actor, d.destination, f.export_id, d.file_id, d.delivery_id, d.attempts,
                          d.last_error
                        FROM delivery d JOIN export_file f ON f.file_id = d.file_id WHERE d.delivery_id IN (<ids>)""")
                .bind("now", now)
                .bind("kind", EventKind.EXPIRED.text())
                .bind("actor", Event.RELAY)
                .bindList("ids", Sql.ids(deliveries))
                .execute();
    }

    private List<String> expireBatch(Handle handle, String destination, Instant past, Instant end) {
        return handle.createQuery(
                        """
                        UPDATE delivery SET state = 'expired', finished_at = :now,
                          last_error = 'the download URLs of its export expired before it was delivered; run the export again'
                            || coalesce('; last error: ' || last_error, '')
                        WHERE %1$s AND state <> 'in_progress' AND delivery_id IN (
                          SELECT d.delivery_id FROM delivery d
                          WHERE d.destination = :destination AND d.spooled_by = '' AND d.expires_at <= :end
                            AND d.%1$s AND d.state <> 'in_progress' AND (
                            NOT d.needs_file OR d.expires_at <= :past AND NOT EXISTS (
                              SELECT 1 FROM export_file f WHERE f.file_id = d.file_id AND f.spool_state <> 'none'))
                          ORDER BY d.expires_at, d.file_id LIMIT :batch)
                        RETURNING delivery_id"""
                                .formatted(Sql.OPEN))
                .bind("batch", BATCH)
                .bind("now", clock.instant())
                .bind("destination", destination)
                .bind("past", past)
                .bind("end", end)
                .mapTo(String.class)
                .list();
    }
}
