package org.exportrelay.ledger;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.exportrelay.config.MaskedStrings;
import org.exportrelay.config.Secrets;
import org.exportrelay.ledger.database.Dialect;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/** Appends events. Rows are never changed, and deleted only after their retention. Thread-safe. */
public final class EventLog {

    /** Few, and read again after any time: what was reported, which routes there were, since when the relay runs. */
    private static final List<String> KEPT = Stream.of(
                    EventKind.EXPORT_FAILED,
                    EventKind.ROUTE_CHANGED,
                    EventKind.INSTANCE_STARTED,
                    EventKind.API_REFUSED,
                    EventKind.API_RECOVERED)
            .map(EventKind::text)
            .toList();

    /** Events that are deleted in one transaction: others must not wait for long. */
    private static final int BATCH = 1000;

    private static final JsonMapper JSON =
            JsonMapper.builder().addModule(new MaskedStrings()).build();

    private final LedgerDatabase database;
    private final Clock clock;

    /**
     * @param database open
     * @param clock for when events happen
     */
    public EventLog(LedgerDatabase database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /** Appends what the relay has met, in a transaction of its own. */
    public void append(EventKind kind, String message, Map<String, ?> detail) {
        append(kind, Event.RELAY, message, detail);
    }

    /** The same, for what a person did. */
    public void append(EventKind kind, String actor, String message, Map<String, ?> detail) {
        database.jdbi()
                .useHandle(handle -> append(
                        handle,
                        List.of(Event.of(kind, clock.instant(), message)
                                .by(actor)
                                .with(detail.isEmpty() ? null : json(detail)))));
    }

    /** Appends some in the transaction of the change that they record. */
    static void append(Handle handle, Collection<Event> events) {
        if (!events.isEmpty()) {
            handle.useTransaction(transaction -> insert(transaction, events));
        }
    }

    /** Before events are inserted: a reader waits for what was numbered and is not committed yet. */
    static void lock(Handle handle) {
        String lock = Dialect.of(handle).appendLock();
        if (!lock.isEmpty()) {
            handle.execute(lock);
        }
    }

    private static void insert(Handle handle, Collection<Event> events) {
        lock(handle);
        PreparedBatch batch = handle.prepareBatch(
                """
                INSERT INTO event (at, kind, actor, destination, export_id, file_id, delivery_id, attempt, message, detail)
                VALUES (:at, :kind, :actor, :destination, :exportId, :fileId, :deliveryId, :attempt, :message, :detail)""");
        events.forEach(event -> batch.bind("at", event.at())
                .bind("kind", event.kind())
                .bind("actor", event.actor())
                .bind("destination", event.destination())
                .bind("exportId", event.exportId())
                .bind("fileId", event.fileId())
                .bind("deliveryId", event.deliveryId())
                .bind("attempt", event.attempt())
                .bind("message", Sql.shortened(event.message() == null ? "" : Secrets.masked(event.message())))
                .bind("detail", event.detail())
                .add());
        batch.execute();
    }

    static void append(Handle handle, Event event) {
        append(handle, List.of(event));
    }

    /** As the column {@code detail} has it, without secrets, as the message. */
    static String json(Map<String, ?> detail) {
        try {
            return JSON.writeValueAsString(detail);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** The detail of an event; an empty object if there is none. */
    public static JsonNode parse(String json) {
        try {
            return json == null ? JSON.createObjectNode() : JSON.readTree(json);
        } catch (JsonProcessingException e) {
            return JSON.createObjectNode();
        }
    }

    /** As {@link #parse}, of maps, lists and simple values, which a mapper can mask. */
    static Map<String, Object> fields(String json) {
        return JSON.convertValue(parse(json), new TypeReference<>() {});
    }

    /**
     * Deletes events that are older than their retention, in small transactions.
     *
     * @param most transactions; with more to delete the next call continues
     * @return how many events were deleted
     */
    public int deleteOlderThan(Duration retention, int most) {
        Instant end = clock.instant().minus(retention);
        int deleted = 0;
        for (int i = 0; i < most; i++) {
            int batch = database.jdbi().inTransaction(handle -> deleteBatch(handle, end));
            deleted += batch;
            if (batch < BATCH) {
                break;
            }
        }
        return deleted;
    }

    /** Ids first: with a subquery PostgreSQL reads the whole table. */
    private static int deleteBatch(Handle handle, Instant end) {
        List<Long> ids = handle.createQuery(
                        "SELECT id FROM event WHERE at < :end AND kind NOT IN (<kept>) ORDER BY at, id LIMIT :batch")
                .bindList("kept", KEPT)
                .bind("end", end)
                .bind("batch", BATCH)
                .mapTo(Long.class)
                .list();
        if (!ids.isEmpty()) {
            handle.createUpdate("DELETE FROM event WHERE id IN (<ids>)")
                    .bindList("ids", Sql.fileIds(ids))
                    .execute();
        }
        return ids.size();
    }
}
