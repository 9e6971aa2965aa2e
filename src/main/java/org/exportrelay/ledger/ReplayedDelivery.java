package org.exportrelay.ledger;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.exportrelay.delivery.DeliveryState;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;

/** A delivery that is made due again, as it was before. */
record ReplayedDelivery(
        String deliveryId,
        String destination,
        DeliveryState state,
        int attempts,
        String error,
        int replays,
        long fileId,
        String exportId) {

    /** To select {@code FROM delivery d JOIN export_file f}. */
    static final String COLUMNS =
            "d.delivery_id, d.destination, d.state, d.attempts, d.last_error, d.replays, d.file_id, f.export_id";

    /** Whether its destination needs the file now; the delivery knows it as it was when it ended. */
    static final String NEEDS_FILE =
            "coalesce((SELECT t.needs_file FROM destination t WHERE t.name = d.destination), d.needs_file)";

    static ReplayedDelivery map(ResultSet row, StatementContext context) throws SQLException {
        return new ReplayedDelivery(
                row.getString("delivery_id"),
                row.getString("destination"),
                DeliveryState.of(row.getString("state")),
                row.getInt("attempts"),
                row.getString("last_error"),
                row.getInt("replays"),
                row.getLong("file_id"),
                row.getString("export_id"));
    }

    /**
     * Makes some due again. The caller records {@link #counted} and {@link #event} in the same transaction. A file that
     * another destination keeps in a spool is not downloaded again: the replay uses it.
     */
    static void makeDue(Handle handle, List<ReplayedDelivery> replayed, Instant now) {
        Sql.chunks(replayed.stream().map(ReplayedDelivery::deliveryId).toList()).forEach(chunk -> handle.createUpdate(
                        """
                                UPDATE delivery SET
                                  attempts = CASE WHEN state = 'retrying' THEN attempts ELSE 0 END,
                                  lone_outages = CASE WHEN state = 'retrying' THEN lone_outages ELSE 0 END,
                                  outages = CASE WHEN state = 'retrying' THEN outages ELSE 0 END,
                                  last_error = CASE WHEN state = 'retrying' THEN last_error END,
                                  replays = replays + CASE WHEN state = 'delivered' THEN 1 ELSE 0 END,
                                  state = CASE WHEN state = 'retrying' THEN state ELSE 'pending' END,
                                  next_attempt_at = :now, finished_at = NULL,
                                  needs_file = %1$s,
                                  spooled_by = coalesce((
                                    SELECT s.spool_owner FROM export_file s WHERE s.file_id = delivery.file_id
                                      AND s.spool_state = 'ready' AND %1$s), '')
                                WHERE delivery_id IN (<ids>)"""
                                .formatted(NEEDS_FILE.replace("d.", "delivery.")))
                .bind("now", now)
                .bindList("ids", Sql.ids(chunk))
                .execute());
    }

    /** Those of some that are not counted in their final state any more. */
    static List<DeliveryCounts.Change> counted(List<ReplayedDelivery> replayed) {
        return replayed.stream()
                .filter(delivery -> delivery.state().isFinal())
                .map(delivery -> new DeliveryCounts.Change(delivery.destination(), delivery.state(), -1, null))
                .toList();
    }

    Event event(Instant now, String by) {
        return Event.of(EventKind.REPLAYED, now, "was " + state.text() + (error == null ? "" : ": " + error))
                .by(by)
                .to(destination)
                .ofDelivery(exportId, fileId, deliveryId, attempts)
                .with(EventLog.json(Map.of("state", state.text())));
    }
}
