package org.exportrelay.ledger;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.FileName;
import org.exportrelay.delivery.RetryPolicy;
import org.exportrelay.ledger.DestinationState.Window;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.StatementContext;

/** How many deliveries are in which state, for log lines, progress bars and exit codes. Reads only. Thread-safe. */
public final class Progress {

    private final LedgerDatabase database;
    private final Clock clock;

    /**
     * @param database open
     * @param clock for what is due
     */
    public Progress(LedgerDatabase database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /** Deliveries that have not ended, due or not. */
    public long waiting() {
        return count("SELECT count(*) FROM delivery WHERE " + Sql.OPEN);
    }

    /** Those of some destinations. */
    public long waiting(Collection<String> destinations) {
        return database.jdbi().withHandle(handle -> handle.createQuery(
                        "SELECT count(*) FROM delivery WHERE destination IN (<names>) AND " + Sql.OPEN)
                .bindList("names", Sql.ids(destinations))
                .mapTo(Long.class)
                .one());
    }

    /** Deliveries that wait for an operator. */
    public long parked() {
        return count("SELECT count(*) FROM delivery WHERE state IN ('parked', 'expired') AND state = 'parked'");
    }

    /** Deliveries of some destinations by state; a state with none is absent. */
    public Map<DeliveryState, Long> byState(Collection<String> destinations) {
        Map<DeliveryState, Long> counts = new EnumMap<>(DeliveryState.class);
        if (!destinations.isEmpty()) {
            database.jdbi().useHandle(handle -> handle.createQuery(
                            "SELECT state, count(*) FROM delivery WHERE destination IN (<names>) GROUP BY state")
                    .bindList("names", Sql.ids(destinations))
                    .map((row, context) -> Map.entry(DeliveryState.of(row.getString(1)), row.getLong(2)))
                    .forEach(entry -> counts.put(entry.getKey(), entry.getValue())));
        }
        return counts;
    }

    /**
     * Whether some destinations have deliveries in flight, or due before an instant. What has met an outage a moment ago
     * counts too: only its turn is delayed, and it is due within {@link RetryPolicy#AFTER_OUTAGE}.
     */
    public boolean hasWorkBefore(Collection<String> destinations, Instant end) {
        Instant now = clock.instant();
        return !destinations.isEmpty()
                && database.jdbi().withHandle(handle -> handle.createQuery(
                                """
                                SELECT 1 FROM delivery WHERE destination IN (<names>) AND %s
                                  AND (state = 'in_progress' OR next_attempt_at <= :end
                                    OR outage_at >= :recently AND next_attempt_at <= :soon) LIMIT 1"""
                                        .formatted(Sql.OPEN))
                        .bindList("names", Sql.ids(destinations))
                        .bind("end", end)
                        .bind("recently", now.minus(RetryPolicy.AFTER_OUTAGE))
                        .bind("soon", now.plus(RetryPolicy.AFTER_OUTAGE))
                        .mapTo(Integer.class)
                        .findOne()
                        .isPresent());
    }

    /** Whether any instance delivers to one of some destinations now. */
    public boolean hasInFlight(Collection<String> destinations) {
        return database.jdbi().withHandle(handle -> handle.createQuery(
                        "SELECT 1 FROM delivery WHERE state = 'in_progress' AND destination IN (<names>) LIMIT 1")
                .bindList("names", Sql.ids(destinations))
                .mapTo(Integer.class)
                .findOne()
                .isPresent());
    }

    /** Whether any instance downloads a file. */
    public boolean isDownloading() {
        return count("SELECT count(*) FROM export_file WHERE spool_state <> 'none' AND spool_state = 'downloading'")
                > 0;
    }

    /**
     * Deliveries of some destinations that were parked or expired since an instant, or still wait; oldest first.
     *
     * @param held destinations of which what still waits is left out
     */
    public List<UndeliveredItem> undeliveredSince(
            Collection<String> destinations, Collection<String> held, Instant since) {
        if (destinations.isEmpty()) {
            return List.of();
        }
        return database.jdbi()
                .withHandle(handle -> undelivered(handle.createQuery(
                                """
                        SELECT d.destination, %s, f.export_id, d.state, d.attempts, d.last_error
                        FROM delivery d JOIN export_file f ON f.file_id = d.file_id
                        WHERE d.destination IN (<names>) AND (
                          d.state IN ('pending', 'retrying', 'in_progress') AND d.destination NOT IN (<held>)
                          OR d.state IN ('parked', 'expired') AND d.finished_at >= :since)
                        ORDER BY d.destination, d.file_id"""
                                        .formatted(Sql.SAFE_NAME))
                        .bindList("names", Sql.ids(destinations))
                        .bindList("held", Sql.ids(held))
                        .bind("since", since)));
    }

    private static List<UndeliveredItem> undelivered(Query query) {
        return query.map((row, context) -> new UndeliveredItem(
                        row.getString(1),
                        FileName.withId(row.getString(2), row.getString(3)),
                        DeliveryState.of(row.getString(4)),
                        row.getInt(5),
                        row.getString(6)))
                .list();
    }

    private long count(String sql) {
        return database.jdbi()
                .withHandle(handle -> handle.createQuery(sql).mapTo(Long.class).one());
    }

    /**
     * Waiting deliveries that are likely to miss their export's expiry: less than a margin is left, or the window of their
     * destination opens too late for links. A file that a spool has can no longer miss it, and others are downloaded in time.
     */
    public List<Risk> atRisk(Duration margin) {
        Instant now = clock.instant();
        Instant soon = now.plus(margin);
        return database.jdbi().withHandle(handle -> {
            Map<String, Instant> closed = new TreeMap<>();
            DestinationStates.read(handle, now).stream()
                    .filter(state -> !state.needsFile())
                    .forEach(state -> state.closedWindow()
                            .map(Window::opensAt)
                            .filter(soon::isBefore)
                            .ifPresent(opensAt -> closed.put(state.name(), opensAt)));
            return atRisk(handle, now, soon, closed);
        });
    }

    /**
     * @param soon what expires until then is at risk
     * @param closed later ends than that, by destination
     */
    private List<Risk> atRisk(Handle handle, Instant now, Instant soon, Map<String, Instant> closed) {
        List<String> names = List.copyOf(closed.keySet());
        String end = "CAST(:soon AS " + database.dialect().instantType() + ")";
        String ends = names.isEmpty()
                ? end
                : IntStream.range(0, names.size())
                        .mapToObj(i -> " WHEN :name" + i + " THEN :end" + i)
                        .collect(Collectors.joining("", "CASE t.name", " ELSE " + end + " END"));
        String soonest =
                """
                FROM delivery d WHERE d.destination = t.name AND d.spooled_by = '' AND d.%s AND d.state <> 'in_progress'
                  AND d.expires_at > :now AND d.expires_at <= %s"""
                        .formatted(Sql.OPEN, ends);
        // By destination, as the index is: with a join, a database may read all that waits.
        Query query = handle.createQuery(
                        """
                        SELECT t.name AS destination, (SELECT count(*) %1$s) AS deliveries,
                          (SELECT min(d.expires_at) %1$s) AS first_end
                        FROM destination t ORDER BY t.name"""
                                .formatted(soonest))
                .bind("now", now)
                .bind("soon", soon);
        for (int i = 0; i < names.size(); i++) {
            query.bind("name" + i, names.get(i)).bind("end" + i, closed.get(names.get(i)));
        }
        return query.map(Progress::risk).filter(risk -> risk.deliveries() > 0).list();
    }

    /**
     * Of each destination, the waiting deliveries whose URLs expire and whose file no spool has, by its name; one without
     * such deliveries is absent. Reads an index of what is open.
     */
    public Map<String, Risk> expiring() {
        Map<String, Risk> expiring = new HashMap<>();
        database.jdbi().useHandle(handle -> handle.createQuery(
                        """
                        SELECT d.destination, count(*) AS deliveries, min(d.expires_at) AS first_end
                        FROM destination t JOIN delivery d ON d.destination = t.name
                        WHERE d.spooled_by = '' AND d.%s AND d.expires_at > :now AND d.expires_at < :never
                        GROUP BY d.destination"""
                                .formatted(Sql.OPEN))
                .bind("now", clock.instant())
                .bind("never", DeliveryCreator.NEVER)
                .map(Progress::risk)
                .forEach(risk -> expiring.put(risk.destination(), risk)));
        return expiring;
    }

    private static Risk risk(ResultSet row, StatementContext context) throws SQLException {
        return new Risk(
                row.getString("destination"), row.getLong("deliveries"), Sql.instant(row, "first_end", context));
    }

    /** The clock of the ledger. */
    public Instant now() {
        return clock.instant();
    }

    /**
     * A delivery that was not made.
     *
     * @param destination where to
     * @param file the unique name
     * @param state why it was not
     * @param attempts so far
     * @param error null if it was never tried
     */
    public record UndeliveredItem(String destination, String file, DeliveryState state, int attempts, String error) {}

    /**
     * Deliveries of a destination that may miss their expiry.
     *
     * @param destination where to
     * @param deliveries how many
     * @param firstEnd when the first of them ends
     */
    public record Risk(String destination, long deliveries, Instant firstEnd) {}
}
