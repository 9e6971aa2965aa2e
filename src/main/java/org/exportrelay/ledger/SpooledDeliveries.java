package org.exportrelay.ledger;

import java.util.Collection;
import java.util.Comparator;
import java.util.Set;
import java.util.stream.Collectors;
import org.exportrelay.ledger.database.Dialect;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/**
 * Keeps {@code delivery.spooled_by}, by which claims and expiry find deliveries, in step with what {@code export_file}
 * records of the spools. Thread-safe.
 */
public final class SpooledDeliveries {

    /** Rows that are changed in one transaction: others must not wait for long. */
    private static final int BATCH = 1000;

    private static final String IS_THERE = "d.needs_file AND f.spool_state = 'ready' AND f.spool_owner IS NOT NULL";

    private static final String OF_FILES_IN_SPOOLS =
            """
            SELECT d.delivery_id, d.file_id, f.spool_owner AS spool FROM export_file f JOIN delivery d ON d.file_id = f.file_id
            WHERE f.spool_state <> 'none' AND d.%s AND %s AND d.spooled_by <> f.spool_owner"""
                    .formatted(Sql.OPEN, IS_THERE);

    /** By destination, as the index is; SQLite keeps the order of a cross join. */
    private static final String OF_SPOOLS_WITHOUT_FILES =
            """
            SELECT d.delivery_id, d.file_id, '' AS spool FROM destination t CROSS JOIN delivery d
              JOIN export_file f ON f.file_id = d.file_id
            WHERE d.destination = t.name AND d.%s AND d.spooled_by > '' AND NOT (%s)"""
                    .formatted(Sql.OPEN, IS_THERE);

    private final LedgerDatabase database;

    /**
     * @param database open
     */
    public SpooledDeliveries(LedgerDatabase database) {
        this.database = database;
    }

    /**
     * Deliveries of files that a spool has are found by that spool's name. Locks them in the order in which all transactions
     * do that change several deliveries.
     *
     * @return their destinations
     */
    static Set<String> mark(Handle handle, String owner, Collection<Long> fileIds) {
        return Sql.chunks(fileIds).stream()
                .flatMap(chunk -> handle
                        .createQuery(
                                """
                                WITH due AS MATERIALIZED (
                                  SELECT d.delivery_id FROM export_file f JOIN delivery d ON d.file_id = f.file_id
                                  WHERE f.file_id IN (<files>) AND f.spool_state = 'ready' AND %s
                                    AND d.needs_file AND d.%s
                                  ORDER BY %s%s)
                                UPDATE delivery SET spooled_by = :owner
                                WHERE delivery_id IN (SELECT delivery_id FROM due) RETURNING destination"""
                                        .formatted(
                                                Sql.OF_OWNER,
                                                Sql.OPEN_OR_PARKED,
                                                Sql.LOCK_ORDER,
                                                Dialect.of(handle).lockRows()))
                        .bind("owner", owner)
                        .bindList("files", Sql.fileIds(chunk))
                        .mapTo(String.class)
                        .list()
                        .stream())
                .collect(Collectors.toSet());
    }

    /** No spool has these files any more. */
    static void clear(Handle handle, Collection<Long> fileIds) {
        Sql.chunks(fileIds).forEach(chunk -> handle.createUpdate(
                        "UPDATE delivery SET spooled_by = '' WHERE file_id IN (<files>) AND spooled_by <> ''")
                .bindList("files", Sql.fileIds(chunk))
                .execute());
    }

    /**
     * Repairs open deliveries that name another spool than their file, or none. An instance of 0.1.0 does not know this
     * column; and a file may arrive, or be freed, while another transaction makes a delivery due again or changes what a
     * destination needs. Without this, such a delivery would be neither claimed nor expired.
     *
     * @return how many
     */
    public int repair() {
        return repairAll(OF_FILES_IN_SPOOLS) + repairAll(OF_SPOOLS_WITHOUT_FILES);
    }

    private int repairAll(String wrong) {
        int repaired = 0;
        int batch;
        do {
            batch = database.jdbi().inTransaction(handle -> repair(handle, wrong));
            repaired += batch;
        } while (batch == BATCH);
        return repaired;
    }

    /** Locks the files, so that no other transaction changes meanwhile which spool has them. */
    private int repair(Handle handle, String wrong) {
        PreparedBatch deliveries =
                handle.prepareBatch("UPDATE delivery SET spooled_by = :spool WHERE delivery_id = :id AND " + Sql.OPEN);
        handle
                .createQuery(wrong + " LIMIT :batch" + database.dialect().lockFiles())
                .bind("batch", BATCH)
                .map((row, context) ->
                        new Wrong(row.getString("delivery_id"), row.getLong("file_id"), row.getString("spool")))
                .stream()
                .sorted(Comparator.comparing(Wrong::fileId).thenComparing(Wrong::deliveryId))
                .forEach(delivery -> deliveries
                        .bind("id", delivery.deliveryId())
                        .bind("spool", delivery.spool())
                        .add());
        int found = deliveries.size();
        deliveries.execute();
        return found;
    }

    private record Wrong(String deliveryId, long fileId, String spool) {}
}
