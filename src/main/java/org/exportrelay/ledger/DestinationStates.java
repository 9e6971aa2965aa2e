package org.exportrelay.ledger;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.exportrelay.delivery.DeliveryWindow;
import org.exportrelay.ledger.DestinationState.Outage;
import org.exportrelay.ledger.DestinationState.Pause;
import org.exportrelay.ledger.DestinationState.Window;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;

/**
 * The states of all destinations, read in one statement for all that ask within a short time: an idle relay with many
 * destinations asks the ledger no more often than one with a single destination. Thread-safe.
 */
public final class DestinationStates {

    private static final String COLUMNS =
            "name, name_pattern, needs_file, backfill, seen_at, down_since, down_reason, down_probes,"
                    + " probe_at, paused_at, paused_by, paused_note, delivery_window, retired_at, manifest_of";

    private final LedgerDatabase database;
    private final long maxAgeNanos;
    private final Clock clock;
    private volatile boolean ignoresWindows;
    private volatile Snapshot snapshot;

    /**
     * @param database open
     * @param maxAge how late a change of another process, or the beginning or the end of a window, may be noticed
     * @param clock for windows
     */
    public DestinationStates(LedgerDatabase database, Duration maxAge, Clock clock) {
        this.database = database;
        this.maxAgeNanos = maxAge.toNanos();
        this.clock = clock;
    }

    /** Of every destination that ever had a route, by name. */
    public Map<String, DestinationState> all() {
        Snapshot known = snapshot;
        return known != null && System.nanoTime() - known.readAt() < maxAgeNanos ? known.states() : read();
    }

    /** Empty for one that the ledger does not know. */
    public Optional<DestinationState> of(String name) {
        return Optional.ofNullable(all().get(name));
    }

    /** A state has been changed, or must be known as it is now: the next question is answered by the ledger. */
    public void changed() {
        snapshot = null;
    }

    /** From now on, no destination has a window: what tests of routes show does not depend on the time of the day. */
    public void ignoreWindows() {
        ignoresWindows = true;
        changed();
    }

    /** Not synchronized: callers may hold the only connection of an SQLite ledger, for which another caller would wait. */
    private Map<String, DestinationState> read() {
        long readAt = System.nanoTime();
        Map<String, DestinationState> states =
                database.jdbi().withHandle(handle -> read(handle, clock.instant())).stream()
                        .map(state -> ignoresWindows ? state.withoutWindow() : state)
                        .collect(Collectors.toUnmodifiableMap(DestinationState::name, Function.identity()));
        snapshot = new Snapshot(readAt, states);
        return states;
    }

    /** In the order of their names, with their windows as they are at a time. */
    static List<DestinationState> read(Handle handle, Instant now) {
        return handle.createQuery("SELECT " + COLUMNS + " FROM destination ORDER BY name")
                .map((row, context) -> state(row, context, now))
                .list();
    }

    private static DestinationState state(ResultSet row, StatementContext context, Instant now) throws SQLException {
        Instant downSince = Sql.instant(row, "down_since", context);
        Instant pausedAt = Sql.instant(row, "paused_at", context);
        return new DestinationState(
                row.getString("name"),
                row.getString("name_pattern"),
                row.getBoolean("needs_file"),
                row.getBoolean("backfill"),
                Sql.instant(row, "seen_at", context),
                downSince == null
                        ? Optional.empty()
                        : Optional.of(new Outage(
                                downSince,
                                row.getString("down_reason"),
                                row.getInt("down_probes"),
                                Sql.instant(row, "probe_at", context))),
                pausedAt == null
                        ? Optional.empty()
                        : Optional.of(new Pause(pausedAt, row.getString("paused_by"), row.getString("paused_note"))),
                Optional.ofNullable(row.getString("delivery_window"))
                        .flatMap(DestinationStates::window)
                        .map(times -> Window.at(now, times)),
                Sql.instant(row, "retired_at", context),
                row.getString("manifest_of"));
    }

    /** Empty if this Java does not know the time zone: then it has refused the route too, and another instance runs it. */
    private static Optional<DeliveryWindow> window(String text) {
        try {
            return Optional.of(DeliveryWindow.parse(text));
        } catch (IllegalArgumentException unknownZone) {
            return Optional.empty();
        }
    }

    private record Snapshot(long readAt, Map<String, DestinationState> states) {}
}
