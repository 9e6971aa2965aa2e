package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.exportrelay.config.Counts;
import org.exportrelay.config.SettingsException;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.Handle;

/**
 * What an operator can do with a destination. Each act is recorded in the ledger, beside a running relay too; all instances
 * notice it within seconds. Thread-safe.
 */
public final class DestinationControl {

    private final LedgerDatabase database;
    private final Clock clock;

    /**
     * @param database open
     * @param clock for when it is done
     */
    public DestinationControl(LedgerDatabase database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * Lets its deliveries wait until it is resumed; those in flight end. Its files are downloaded before their URLs
     * expire, and kept.
     *
     * @param by who pauses it
     * @param note may be null; kept in one line
     * @return false if it was paused already; then only the note, if there is one, is new
     * @throws UnknownDestinationException if there is none of this name
     */
    public boolean pause(String name, String by, String note) {
        return database.jdbi().inTransaction(handle -> {
            boolean isNew = require(handle, name).pause().isEmpty();
            handle.createUpdate(
                            """
                            UPDATE destination SET paused_at = coalesce(paused_at, :now), paused_by = coalesce(paused_by, :by),
                              paused_note = coalesce(:note, paused_note) WHERE name = :name""")
                    .bind("now", clock.instant())
                    .bind("by", by)
                    .bindByType("note", oneLine(note), String.class)
                    .bind("name", name)
                    .execute();
            if (isNew || oneLine(note) != null) {
                EventLog.append(handle, act(EventKind.PAUSED, name, by, oneLine(note) == null ? "" : oneLine(note)));
            }
            return isNew;
        });
    }

    private Event act(EventKind kind, String destination, String by, String message) {
        return Event.of(kind, clock.instant(), message).to(destination).by(by);
    }

    private static String oneLine(String note) {
        return note == null || note.isBlank()
                ? null
                : Sql.shortened(note.strip().replaceAll("[\\s\\p{Cntrl}]+", " "));
    }

    /**
     * Ends a pause.
     *
     * @param by who ends it
     * @return false if it was not paused
     * @throws UnknownDestinationException if there is none of this name
     */
    public boolean resume(String name, String by) {
        return database.jdbi().inTransaction(handle -> {
            require(handle, name);
            boolean wasPaused = handle.createUpdate(
                                    """
                                    UPDATE destination SET paused_at = NULL, paused_by = NULL, paused_note = NULL
                                    WHERE name = :name AND paused_at IS NOT NULL""")
                            .bind("name", name)
                            .execute()
                    == 1;
            if (wasPaused) {
                EventLog.append(handle, act(EventKind.RESUMED, name, by, ""));
            }
            return wasPaused;
        });
    }

    /**
     * Tries now what waits for its next attempt: of a destination that is down one delivery, otherwise all that failed.
     *
     * @param by who asks for it
     * @return how many deliveries waited for their next attempt
     * @throws UnknownDestinationException if there is none of this name
     */
    public int retry(String name, String by) {
        Instant now = clock.instant();
        return database.jdbi().inTransaction(handle -> {
            require(handle, name);
            // Deliveries are locked before destinations, and in this order, as by every transaction.
            int retried = handle.createUpdate(
                            """
                            UPDATE delivery SET next_attempt_at = :now WHERE delivery_id IN (
                              SELECT delivery_id FROM delivery WHERE destination = :name AND %s AND state = 'retrying'
                              ORDER BY file_id%s)"""
                                    .formatted(Sql.OPEN, database.dialect().lockRows()))
                    .bind("now", now)
                    .bind("name", name)
                    .execute();
            probeNow(handle, name, now);
            EventLog.append(
                    handle,
                    act(
                            EventKind.REPLAYED,
                            name,
                            by,
                            Counts.text(retried, "failed delivery", "failed deliveries") + " tried now"));
            return retried;
        });
    }

    /** The next probe of each of some destinations, if it is down, is due now. */
    public void probeNow(List<String> names) {
        names.forEach(name -> database.jdbi().useHandle(handle -> probeNow(handle, name, clock.instant())));
    }

    private static void probeNow(Handle handle, String name, Instant now) {
        handle.createUpdate(
                        "UPDATE destination SET probe_at = :now WHERE name = :name AND down_since IS NOT NULL AND probe_at > :now")
                .bind("now", now)
                .bind("name", name)
                .execute();
    }

    /**
     * Ends what a destination without a route is owed, as skipped, and creates no more deliveries for it. A route of its
     * name that starts later begins again as that of a new destination, without what was skipped.
     *
     * @param by who retires it
     * @return how many deliveries ended
     * @throws UnknownDestinationException if there is none of this name
     * @throws SettingsException if a relay runs its route, or ran it a short time ago
     */
    public int retire(String name, String by) {
        return database.jdbi().inTransaction(handle -> {
            refuseIfRunning(handle, require(handle, name));
            // Locks in the order of retry.
            int ended = handle.createUpdate(
                            """
                            UPDATE delivery SET state = 'skipped', finished_at = :now, spooled_by = '', claim = NULL,
                              lease_owner = NULL, lease_until = NULL,
                              last_error = :reason || coalesce('; last error: ' || last_error, '')
                            WHERE delivery_id IN (
                              SELECT delivery_id FROM delivery WHERE destination = :name AND %s ORDER BY file_id%s)"""
                                    .formatted(Sql.OPEN, database.dialect().lockRows()))
                    .bind("now", clock.instant())
                    .bind("reason", "the destination was retired by " + by)
                    .bind("name", name)
                    .execute();
            DeliveryCounts.add(
                    handle, List.of(new DeliveryCounts.Change(name, DeliveryState.SKIPPED, ended, clock.instant())));
            EventLog.append(
                    handle,
                    act(
                            EventKind.RETIRED,
                            name,
                            by,
                            Counts.text(ended, "waiting delivery", "waiting deliveries") + " ended as skipped"));
            handle.createUpdate(
                            """
                            UPDATE destination SET retired_at = :now, paused_at = NULL, paused_by = NULL,
                              paused_note = NULL, down_since = NULL, down_reason = NULL, down_probes = 0, down_delivery = NULL,
                              down_logged_at = NULL, probe_at = NULL
                            WHERE name = :name""")
                    .bind("now", clock.instant())
                    .bind("name", name)
                    .execute();
            return ended;
        });
    }

    private void refuseIfRunning(Handle handle, DestinationState state) {
        Instant now = clock.instant();
        // A relay that starts has registered its routes, and reports that it runs within the next minute.
        Optional<Instant> running = Stream.concat(Instances.latest(handle).stream(), Stream.ofNullable(state.seenAt()))
                .max(Comparator.naturalOrder())
                .filter(latest -> latest.isAfter(now.minus(Instances.GONE)))
                .filter(latest -> !state.lacksRoute(latest, Instances.tolerance(database)));
        if (running.isPresent()) {
            throw new SettingsException("exports:" + state.name()
                    + ": a relay runs its route, or ran it less than three minutes ago; remove the route from routes/, wait"
                    + " three minutes, and run 'retire " + state.name() + "' again");
        }
    }

    /**
     * The state of a destination.
     *
     * @throws UnknownDestinationException if there is none of this name
     */
    public DestinationState require(String name) {
        return database.jdbi().withHandle(handle -> require(handle, name));
    }

    private DestinationState require(Handle handle, String name) {
        List<DestinationState> states = DestinationStates.read(handle, clock.instant());
        return states.stream()
                .filter(state -> state.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new UnknownDestinationException(
                        name, states.stream().map(DestinationState::name).toList()));
    }
}
