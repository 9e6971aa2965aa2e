package org.exportrelay.ledger;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FileName;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.StatementContext;

/**
 * Which delivery has which place at a destination. A delivery claims a place before it writes there; the table's primary
 * key decides between two that do so at the same time, also in two instances. A claim lasts as long as the ledger:
 * retries, repetitions after a crash and replays of the same delivery find their own. Thread-safe.
 */
public final class FileLocations {

    private final LedgerDatabase database;

    /**
     * @param database open
     */
    public FileLocations(LedgerDatabase database) {
        this.database = database;
    }

    /**
     * The delivery that has a place.
     *
     * @param deliveryId never that of the delivery that asked
     * @param destination whose delivery it is
     * @param exportId of its file
     * @param fileName unique name of its file
     * @param state now
     */
    public record Holder(
            String deliveryId, String destination, String exportId, String fileName, DeliveryState state) {}

    /**
     * Claims a place.
     *
     * @param location normalized: two texts are two places
     * @param overwrite takes the place over from any other delivery
     * @return empty if the delivery has the place now; otherwise the delivery that has it
     */
    public Optional<Holder> claim(String location, String deliveryId, boolean overwrite) {
        return database.jdbi().withHandle(handle -> {
            boolean isClaimed = handle.createQuery(
                            """
                            INSERT INTO file_location (location, delivery_id) VALUES (:location, :id)
                            ON CONFLICT (location) DO UPDATE SET delivery_id = excluded.delivery_id
                              WHERE file_location.delivery_id = excluded.delivery_id OR :overwrite = 1 OR NOT EXISTS (
                                SELECT 1 FROM delivery d WHERE d.delivery_id = file_location.delivery_id)
                            RETURNING delivery_id""")
                    .bind("location", location)
                    .bind("id", deliveryId)
                    .bind("overwrite", overwrite ? 1 : 0)
                    .mapTo(String.class)
                    .findOne()
                    .isPresent();
            return isClaimed ? Optional.empty() : holder(handle, location);
        });
    }

    private static Optional<Holder> holder(Handle handle, String location) {
        return handle.createQuery(
                        """
                        SELECT d.delivery_id, d.destination, f.export_id, %s, d.state FROM file_location l
                          JOIN delivery d ON d.delivery_id = l.delivery_id
                          JOIN export_file f ON f.file_id = d.file_id
                        WHERE l.location = :location"""
                                .formatted(Sql.SAFE_NAME))
                .bind("location", location)
                .map(FileLocations::toHolder)
                .findOne();
    }

    private static Holder toHolder(ResultSet row, StatementContext context) throws SQLException {
        return new Holder(
                row.getString(1),
                row.getString(2),
                row.getString(3),
                FileName.withId(row.getString(4), row.getString(3)),
                DeliveryState.of(row.getString(5)));
    }

    /** The delivery of another file of the same export that has written to a place which nothing has claimed. */
    public Optional<Holder> unclaimed(String location, ExportFile file) {
        return database.jdbi().withHandle(handle -> handle.createQuery(
                        """
                        SELECT d.delivery_id, d.destination, f.export_id, %s, d.state FROM export_file f
                          JOIN delivery d ON d.file_id = f.file_id
                        WHERE f.export_id = :export AND f.file_id <> :file AND d.location = :location AND NOT EXISTS (
                          SELECT 1 FROM file_location l WHERE l.location = :location)
                        LIMIT 1"""
                                .formatted(Sql.SAFE_NAME))
                .bind("export", file.exportId())
                .bind("file", file.fileId())
                .bind("location", location)
                .map(FileLocations::toHolder)
                .findOne());
    }

    /**
     * Takes a place over from a delivery that has ended and whose file is no longer there.
     *
     * @return false if that delivery has been made due again, or another one has the place by now
     */
    public boolean takeOver(String location, Holder from, String deliveryId) {
        return database.jdbi().withHandle(handle -> handle.createUpdate(
                                """
                                UPDATE file_location SET delivery_id = :id
                                WHERE location = :location AND delivery_id = :from AND NOT EXISTS (
                                  SELECT 1 FROM delivery WHERE delivery_id = :from AND %s)"""
                                        .formatted(Sql.OPEN))
                        .bind("id", deliveryId)
                        .bind("location", location)
                        .bind("from", from.deliveryId())
                        .execute())
                == 1;
    }
}
