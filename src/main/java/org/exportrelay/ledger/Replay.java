package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.FileName;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatement;

/**
 * Makes final deliveries due again, from their first attempt, under the same delivery id. Safe beside a running relay:
 * a delivery that is not final is left alone. Thread-safe.
 */
public final class Replay {

    private static final String CHOSEN =
            """
             FROM delivery d JOIN export_file f ON f.file_id = d.file_id
            WHERE d.state IN (<states>) AND (:export IS NULL OR f.export_id = :export)
              AND (:destination IS NULL OR d.destination = :destination) AND d.finished_at >= :since""";

    private final LedgerDatabase database;
    private final Clock clock;

    /**
     * @param database open
     * @param clock for when they are due
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
     * @param since those that ended then or later; null for any time
     * @param states final ones
     */
    public record Choice(String exportId, String destination, Instant since, Set<DeliveryState> states) {

        /**
         * @throws IllegalArgumentException if a state is not final
         */
        public Choice {
            if (states.isEmpty() || !states.stream().allMatch(DeliveryState::isFinal)) {
                throw new IllegalArgumentException(
                        "only parked, expired, skipped and delivered deliveries can be replayed");
            }
        }
    }

    /** Those that {@link #replay} would make due again. */
    public List<Chosen> choose(Choice choice) {
        return database.jdbi().withHandle(handle -> bind(
                        handle.createQuery("SELECT d.destination, d.state, f.safe_name, f.export_id" + CHOSEN
                                + " ORDER BY d.destination, d.file_id"),
                        choice)
                .map((row, context) -> new Chosen(
                        row.getString(1),
                        DeliveryState.of(row.getString(2)),
                        FileName.withId(row.getString(3), row.getString(4))))
                .list());
    }

    /**
     * Makes them due again.
     *
     * @return how many
     */
    public int replay(Choice choice) {
        return database.jdbi().inTransaction(handle -> update(handle, choice));
    }

    /** A file that another destination keeps in a spool is not downloaded again: the replay uses it. */
    private int update(Handle handle, Choice choice) {
        return bind(
                        handle.createUpdate(
                                        """
                                        UPDATE delivery SET state = 'pending', attempts = 0,
                                          replays = replays + CASE WHEN state = 'delivered' THEN 1 ELSE 0 END,
                                          next_attempt_at = :now, finished_at = NULL, last_error = NULL, lone_outages = 0,
                                          spooled_by = coalesce((
                                            SELECT s.spool_owner FROM export_file s WHERE s.file_id = delivery.file_id
                                              AND s.spool_state = 'ready' AND delivery.needs_file), '')
                                        WHERE delivery_id IN (SELECT d.delivery_id"""
                                                + CHOSEN + ")")
                                .bind("now", clock.instant()),
                        choice)
                .execute();
    }

    private static <S extends SqlStatement<S>> S bind(S statement, Choice choice) {
        return statement
                .bindList(
                        "states",
                        choice.states().stream().map(DeliveryState::text).toList())
                .bindByType("export", choice.exportId(), String.class)
                .bindByType("destination", choice.destination(), String.class)
                .bind("since", choice.since() == null ? Instant.EPOCH : choice.since());
    }

    /**
     * A delivery that is chosen.
     *
     * @param destination where to
     * @param state as it is now
     * @param file its unique name
     */
    public record Chosen(String destination, DeliveryState state, String file) {}
}
