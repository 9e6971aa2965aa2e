package org.exportrelay.ledger;

import java.util.Collection;
import java.util.List;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.FileName;
import org.exportrelay.ledger.database.LedgerDatabase;

/** What has become of the deliveries of some exports. Reads only. Thread-safe. */
public final class ExportOutcomes {

    private final LedgerDatabase database;

    /**
     * @param database open
     */
    public ExportOutcomes(LedgerDatabase database) {
        this.database = database;
    }

    /**
     * A delivery.
     *
     * @param deliveryId its id
     * @param destination where to
     * @param exportId of which export
     * @param file the unique name
     * @param state as it is now
     * @param attempts that counted
     * @param error of the last attempt; null if it was accepted
     */
    public record Outcome(
            String deliveryId,
            String destination,
            String exportId,
            String file,
            DeliveryState state,
            int attempts,
            String error) {}

    /** The deliveries of some exports, by destination and file. */
    public List<Outcome> of(Collection<String> exportIds) {
        return database.jdbi().withHandle(handle -> handle.createQuery(
                        """
                        SELECT d.delivery_id, d.destination, f.export_id, %s, d.state, d.attempts, d.last_error
                        FROM delivery d JOIN export_file f ON f.file_id = d.file_id
                        WHERE f.export_id IN (<ids>) ORDER BY d.destination, d.file_id"""
                                .formatted(Sql.SAFE_NAME))
                .bindList("ids", Sql.ids(exportIds))
                .map((row, context) -> new Outcome(
                        row.getString("delivery_id"),
                        row.getString("destination"),
                        row.getString("export_id"),
                        FileName.withId(row.getString("safe_name"), row.getString("export_id")),
                        DeliveryState.of(row.getString("state")),
                        row.getInt("attempts"),
                        row.getString("last_error")))
                .list());
    }
}
