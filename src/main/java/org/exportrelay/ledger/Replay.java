package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.FileName;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.ledger.database.Dialect;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatement;

/**
 * Makes deliveries due again: those that have ended from their first attempt, those that wait for their next attempt now.
 * A delivery that could only expire is left as it is. Safe beside a running relay. Memory is constant. Thread-safe.
 */
public final class Replay {

    /** Deliveries that are changed in one transaction: others must not wait for long. */
    private static final int BATCH = 1000;

    private static final String CHOSEN =
            """
             FROM delivery d JOIN export_file f ON f.file_id = d.file_id JOIN export e ON e.export_id = f.export_id
            WHERE d.state IN (<states>) AND (:export IS NULL OR f.export_id = :export)
              AND (:destination IS NULL OR d.destination = :destination)
              AND (d.state = 'retrying' OR d.finished_at >= :since AND d.finished_at <= :until)""";

    private static final String CAN_BE_MADE =
            "(d.state = 'retrying' OR d.expires_at > :now OR f.spool_state = 'ready' AND " + ReplayedDelivery.NEEDS_FILE
                    + ")";

    private final LedgerDatabase database;
    private final Clock clock;

    /**
     * @param database open
     * @param clock for when they are due, and for what has expired
     */
    public Replay(LedgerDatabase database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * Which deliveries.
     *
     * @param exportId null for any
     * @param destination null for any
     * @param since of those that have ended only the ones that did so then or later; null for any time
     * @param states final ones, or {@code retrying}
     * @param until of those that have ended only the ones that did so then or before; null for any time
     * @param name which names their exports have; null for any, also none
     */
    public record Choice(
            String exportId,
            String destination,
            Instant since,
            Set<DeliveryState> states,
            Instant until,
            NamePattern name) {

        /** Of exports of any name, until now. */
        public Choice(String exportId, String destination, Instant since, Set<DeliveryState> states) {
            this(exportId, destination, since, states, null, null);
        }

        /**
         * @throws IllegalArgumentException for a state of deliveries that are due or in flight
         */
        public Choice {
            if (states.isEmpty()
                    || !states.stream().allMatch(state -> state.isFinal() || state == DeliveryState.RETRYING)) {
                throw new IllegalArgumentException(
                        "only parked, expired, skipped, delivered and retrying deliveries can be replayed");
            }
        }
    }

    /** Reads those that {@link #replay} would make due again, by destination, oldest file first. */
    public void forEach(Choice choice, Consumer<Chosen> consumer) {
        database.read(handle -> bind(
                        handle.createQuery("SELECT d.destination, d.state, " + Sql.SAFE_NAME + ", f.export_id"
                                + chosen() + " AND " + CAN_BE_MADE + " ORDER BY d.destination, d.file_id"),
                        choice)
                .bind("now", clock.instant())
                .setFetchSize(500)
                .map((row, context) -> new Chosen(
                        row.getString(1),
                        DeliveryState.of(row.getString(2)),
                        FileName.withId(row.getString(3), row.getString(4))))
                .forEach(consumer));
    }

    /** How many of them there are, by destination and state. */
    public List<Group> preview(Choice choice) {
        return database.jdbi().withHandle(handle -> bind(
                        handle.createQuery("SELECT d.destination, d.state, count(*)" + chosen() + " AND " + CAN_BE_MADE
                                + " GROUP BY d.destination, d.state ORDER BY d.destination, d.state"),
                        choice)
                .bind("now", clock.instant())
                .map((row, context) -> new Group(row.getString(1), DeliveryState.of(row.getString(2)), row.getLong(3)))
                .list());
    }

    /** How many chosen ones {@link #replay} leaves as they are: their URLs have expired, and no spool has their file. */
    public long expired(Choice choice) {
        return database.jdbi().withHandle(handle -> bind(
                        handle.createQuery("SELECT count(*)" + chosen() + " AND NOT " + CAN_BE_MADE), choice)
                .bind("now", clock.instant())
                .mapTo(Long.class)
                .one());
    }

    /**
     * Makes them due again. Of a destination that is down one delivery is tried now. What happened before stays in the
     * events: each has one of its own, with its state and error before.
     *
     * @param by who asks for it
     * @return how many
     */
    public int replay(Choice choice, String by) {
        Range files = range(choice);
        int size = filesOfBatch(choice);
        int replayed = 0;
        for (long first = files.first(); first <= files.last(); first += size) {
            Range batch = new Range(first, Math.min(files.last(), first + size - 1));
            long begin = System.nanoTime();
            int replayedNow = database.jdbi().inTransaction(handle -> replay(handle, choice, batch, by));
            replayed += replayedNow;
            if (replayedNow > 0 && database.dialect() == Dialect.SQLITE) {
                // Other processes only try again from time to time: without a pause, the relay could not write for
                // seconds.
                LockSupport.parkNanos(System.nanoTime() - begin);
            }
        }
        if (replayed > 0 && choice.states().contains(DeliveryState.RETRYING)) {
            probe(choice);
        }
        return replayed;
    }

    /** Each file has a delivery to each destination: other writers must not wait for those to hundreds. */
    private int filesOfBatch(Choice choice) {
        int destinations = choice.destination() != null
                ? 1
                : database.jdbi().withHandle(handle -> handle.createQuery("SELECT count(*) FROM destination")
                        .mapTo(Integer.class)
                        .one());
        return Math.max(1, BATCH / Math.max(1, destinations));
    }

    private Range range(Choice choice) {
        return database.jdbi().withHandle(handle -> bind(
                        handle.createQuery(
                                "SELECT coalesce(min(d.file_id), 0), coalesce(max(d.file_id), -1)" + chosen()),
                        choice)
                .map((row, context) -> new Range(row.getLong(1), row.getLong(2)))
                .one());
    }

    /**
     * Makes some delivered ones due again, as {@link #replay(Choice, String)} does.
     *
     * @param deliveryIds of deliveries to any destination, at most a thousand
     * @return how many; fewer than there are if the URLs of some have expired, or they have been replayed meanwhile
     */
    public int replay(List<String> deliveryIds, String by) {
        return database.jdbi()
                .inTransaction(handle -> makeDue(
                        handle,
                        handle.createQuery("SELECT " + ReplayedDelivery.COLUMNS
                                        + """
                                 FROM delivery d JOIN export_file f ON f.file_id = d.file_id
                                WHERE d.delivery_id IN (<ids>) AND d.state = 'delivered' AND %s
                                ORDER BY %s%s"""
                                                .formatted(CAN_BE_MADE, Sql.LOCK_ORDER, lockDeliveries()))
                                .bindList("ids", Sql.ids(deliveryIds))
                                .bind("now", clock.instant())
                                .map(ReplayedDelivery::map)
                                .list(),
                        by));
    }

    private int replay(Handle handle, Choice choice, Range files, String by) {
        return makeDue(handle, lock(handle, choice, files), by);
    }

    private int makeDue(Handle handle, List<ReplayedDelivery> chosen, String by) {
        if (chosen.isEmpty()) {
            return 0;
        }
        Instant now = clock.instant();
        ReplayedDelivery.makeDue(handle, chosen, now);
        DeliveryCounts.add(handle, ReplayedDelivery.counted(chosen));
        EventLog.append(
                handle, chosen.stream().map(replayed -> replayed.event(now, by)).toList());
        return chosen.size();
    }

    private List<ReplayedDelivery> lock(Handle handle, Choice choice, Range files) {
        return bind(
                        handle.createQuery(
                                """
                                SELECT %s%s
                                  AND %s AND d.file_id BETWEEN :first AND :last
                                ORDER BY %s%s"""
                                        .formatted(
                                                ReplayedDelivery.COLUMNS,
                                                chosen(),
                                                CAN_BE_MADE,
                                                Sql.LOCK_ORDER,
                                                lockDeliveries())),
                        choice)
                .bind("now", clock.instant())
                .bind("first", files.first())
                .bind("last", files.last())
                .map(ReplayedDelivery::map)
                .list();
    }

    private String lockDeliveries() {
        String lock = database.dialect().lockRows();
        return lock.isEmpty() ? "" : lock + " OF d";
    }

    /** As {@code retry} does it, of the destinations for which something was chosen. */
    private void probe(Choice choice) {
        List<String> names = database.jdbi().withHandle(handle -> bind(
                        handle.createQuery("SELECT DISTINCT d.destination" + chosen() + " AND d.state = 'retrying'"),
                        choice)
                .mapTo(String.class)
                .list());
        new DestinationControl(database, clock).probeNow(names);
    }

    private String chosen() {
        return CHOSEN + " AND (:name IS NULL OR coalesce(e.name, '') "
                + database.dialect().matchesGlob() + ")";
    }

    private <S extends SqlStatement<S>> S bind(S statement, Choice choice) {
        return statement
                .bindList(
                        "states",
                        choice.states().stream().map(DeliveryState::text).toList())
                .bindByType("export", choice.exportId(), String.class)
                .bindByType("destination", choice.destination(), String.class)
                .bind("until", choice.until() == null ? DeliveryCreator.NEVER : choice.until())
                .bindByType(
                        "name",
                        choice.name() == null
                                ? null
                                : database.dialect().glob(choice.name().toString()),
                        String.class)
                .bind("since", choice.since() == null ? Instant.EPOCH : choice.since());
    }

    /**
     * Chosen deliveries that are alike.
     *
     * @param destination where to
     * @param state as it is now
     * @param deliveries how many
     */
    public record Group(String destination, DeliveryState state, long deliveries) {}

    /**
     * A delivery that is chosen.
     *
     * @param destination where to
     * @param state as it is now
     * @param file its unique name
     */
    public record Chosen(String destination, DeliveryState state, String file) {}

    /** File ids. */
    private record Range(long first, long last) {}
}
