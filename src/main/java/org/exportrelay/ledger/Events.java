package org.exportrelay.ledger;

import com.fasterxml.jackson.databind.JsonNode;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.exportrelay.ledger.database.Dialect;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.StatementContext;

/** Reads events. Reads only, also beside a running relay. Thread-safe. */
public final class Events {

    private static final int FETCHED = 500;

    private final LedgerDatabase database;

    /**
     * @param database open
     */
    public Events(LedgerDatabase database) {
        this.database = database;
    }

    /**
     * Which events.
     *
     * @param exportId null for any
     * @param destination null for any
     * @param kinds empty for any
     * @param since when they happened, or later; null for any time
     * @param limit how many at most; 0 for all
     * @param before only those that happened before this one; null for all
     */
    public record Choice(
            String exportId, String destination, List<String> kinds, Instant since, long limit, Position before) {

        /** From the newest. */
        public Choice(String exportId, String destination, List<String> kinds, Instant since, long limit) {
            this(exportId, destination, kinds, since, limit, null);
        }

        /** All events of an export. */
        public static Choice ofExport(String exportId) {
            return new Choice(exportId, null, List.of(), null, 0);
        }
    }

    /** The place of an event among all. */
    public record Position(Instant at, long id) {}

    /** Reads them, newest first. Memory is constant. */
    public void forEach(Choice choice, Consumer<Event> consumer) {
        read(choice, "DESC", consumer);
    }

    /** The chosen ones, oldest first. */
    public List<Event> inOrder(Choice choice) {
        List<Event> events = new ArrayList<>();
        read(choice, "ASC", events::add);
        return events;
    }

    /** The newest event of some kinds. */
    public Optional<Event> latest(EventKind... kinds) {
        List<Event> latest = new ArrayList<>();
        forEach(new Choice(null, null, Stream.of(kinds).map(EventKind::text).toList(), null, 1), latest::add);
        return latest.stream().findFirst();
    }

    /**
     * The highest id; 0 if there is no event. On PostgreSQL, an event with a lower id can still appear: see {@link #settled}.
     */
    public long last() {
        return database.jdbi().withHandle(handle -> handle.createQuery("SELECT coalesce(max(id), 0) FROM event")
                .mapTo(Long.class)
                .one());
    }

    /**
     * The last event before which no other one can appear any more: on PostgreSQL a transaction may commit a lower id after
     * another one has committed a higher id, and a reader that follows the ids would miss the lower one.
     *
     * @return 0 if there is none; empty if transactions that append have not ended in time, so ask again later
     */
    public OptionalLong settled() {
        String barrier = database.dialect().appendBarrier();
        try {
            return OptionalLong.of(database.jdbi().inTransaction(handle -> {
                if (!barrier.isEmpty()) {
                    handle.execute(barrier);
                }
                return handle.createQuery("SELECT coalesce((SELECT max(id) FROM event), 0)")
                        .mapTo(Long.class)
                        .one();
            }));
        } catch (JdbiException e) {
            if (Dialect.isLockTimeout(e)) {
                return OptionalLong.empty();
            }
            throw e;
        }
    }

    /**
     * The events that follow one, in the order of their ids.
     *
     * @param after its id
     * @param end the last one that is asked for, {@link #settled} before
     * @param most how many at most
     */
    public List<Event> next(long after, long end, int most) {
        return database.jdbi().withHandle(handle -> handle.createQuery(
                        "SELECT * FROM event WHERE id > :after AND id <= :end ORDER BY id LIMIT :most")
                .bind("after", after)
                .bind("end", end)
                .bind("most", most)
                .map(Events::event)
                .list());
    }

    /**
     * The digest of each route file that was recorded last, by the file's name; empty of one that was removed. Reads the
     * events of routes only, which are few.
     */
    public Map<String, String> routeDigests() {
        Map<String, String> digests = new HashMap<>();
        Choice changes = new Choice(null, null, List.of(EventKind.ROUTE_CHANGED.text()), null, 0);
        forEach(changes, event -> {
            JsonNode detail = EventLog.parse(event.detail());
            digests.putIfAbsent(
                    detail.path("file").asText(), detail.path("digest").asText());
        });
        return digests;
    }

    /** By an index for each condition, so that a long history costs nothing. */
    private void read(Choice choice, String order, Consumer<Event> consumer) {
        StringBuilder sql = new StringBuilder("SELECT * FROM event WHERE at >= :since");
        if (choice.exportId() != null) {
            sql.append(" AND export_id = :export");
        }
        if (choice.destination() != null) {
            sql.append(" AND destination = :destination");
        }
        if (!choice.kinds().isEmpty()) {
            sql.append(" AND kind IN (<kinds>)");
        }
        if (choice.before() != null) {
            // The first part for the index, which both databases read from there.
            sql.append(" AND at <= :before AND (at < :before OR id < :beforeId)");
        }
        sql.append(" ORDER BY at ").append(order).append(", id ").append(order);
        if (choice.limit() > 0) {
            sql.append(" LIMIT :limit");
        }
        database.read(handle -> {
            Query query = handle.createQuery(sql.toString())
                    .bind("since", choice.since() == null ? Instant.EPOCH : choice.since())
                    .setFetchSize(FETCHED);
            if (choice.exportId() != null) {
                query.bind("export", choice.exportId());
            }
            if (choice.destination() != null) {
                query.bind("destination", choice.destination());
            }
            if (!choice.kinds().isEmpty()) {
                query.bindList("kinds", choice.kinds());
            }
            if (choice.before() != null) {
                query.bind("before", choice.before().at())
                        .bind("beforeId", choice.before().id());
            }
            if (choice.limit() > 0) {
                query.bind("limit", choice.limit());
            }
            query.map(Events::event).forEach(consumer);
        });
    }

    private static Event event(ResultSet row, StatementContext context) throws SQLException {
        Long attempt = Sql.number(row, "attempt");
        return new Event(
                row.getLong("id"),
                Sql.instant(row, "at", context),
                row.getString("kind"),
                row.getString("actor"),
                row.getString("destination"),
                row.getString("export_id"),
                Sql.number(row, "file_id"),
                row.getString("delivery_id"),
                attempt == null ? null : attempt.intValue(),
                row.getString("message"),
                row.getString("detail"));
    }
}
