package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.exportrelay.delivery.Destination;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Query;

/**
 * Which files this process's spool holds, and for how long: until the last delivery that waits for them has ended.
 * Thread-safe.
 */
public final class SpooledFiles {

    static final String FREE = "UPDATE export_file SET spool_state = 'none', spool_owner = NULL, spool_until = NULL";

    private static final String DONE =
            " WHERE spool_owner = :owner AND spool_state <> 'none' AND spool_state = 'ready' AND NOT "
                    + waitedFor("export_file", " AND d.destination IN (<expected>)");

    private final LedgerDatabase database;
    private final DestinationRegistry destinations;
    private final String owner;
    private final Duration lease;
    private final Clock clock;

    /**
     * @param database open
     * @param destinations those that run here, for whose deliveries files are kept
     * @param owner this process
     * @param lease how long a hold lasts without renewal
     * @param clock for leases
     */
    public SpooledFiles(
            LedgerDatabase database, DestinationRegistry destinations, String owner, Duration lease, Clock clock) {
        this.database = database;
        this.destinations = destinations;
        this.owner = owner;
        this.lease = lease;
        this.clock = clock;
    }

    /** The condition that an open delivery waits for the file of a row. */
    static String waitedFor(String table) {
        return waitedFor(table, "");
    }

    private static String waitedFor(String table, String more) {
        return "EXISTS (SELECT 1 FROM delivery d WHERE d.file_id = " + table + ".file_id AND d." + Sql.OPEN
                + " AND d.needs_file" + more + ")";
    }

    /**
     * Frees those of some files for which no delivery waits of a destination that runs here or may be reloading. Others
     * must not keep them: another instance downloads its own, and a route that is gone never asks for them.
     *
     * @return those that may be deleted now
     */
    public List<Long> releaseDone(Collection<Long> fileIds) {
        return releaseDone(handle -> handle.createQuery(FREE + DONE + " AND file_id IN (<files>) RETURNING file_id")
                .bindList("files", Sql.fileIds(fileIds)));
    }

    /**
     * Frees all such files, as when deliveries ended without their route.
     *
     * @return those that may be deleted now
     */
    public List<Long> releaseDone() {
        return releaseDone(handle -> handle.createQuery(FREE + DONE + " RETURNING file_id"));
    }

    private List<Long> releaseDone(Function<Handle, Query> query) {
        return database.jdbi().withHandle(handle -> query.apply(handle)
                .bind("owner", owner)
                .bindList("expected", Sql.ids(expected()))
                .mapTo(Long.class)
                .list());
    }

    /**
     * Those of some files that no instance downloads or has, and for which no open delivery waits of a destination that
     * runs here or may be reloading.
     */
    public List<Long> notWaitedFor(Collection<Long> fileIds) {
        if (fileIds.isEmpty()) {
            return List.of();
        }
        return database.jdbi().withHandle(handle -> handle.createQuery(
                        "SELECT file_id FROM export_file WHERE file_id IN (<files>) AND spool_state = 'none' AND NOT "
                                + waitedFor("export_file", " AND d.destination IN (<expected>)"))
                .bindList("files", Sql.fileIds(fileIds))
                .bindList("expected", Sql.ids(expected()))
                .mapTo(Long.class)
                .list());
    }

    /**
     * Takes over what the last process held. For the start of the only process on a ledger, which the data directory's
     * lock proves; where several share one, leases decide.
     *
     * @param inSpool bytes of the complete files that this process's spool has, by file
     * @return those of them for which deliveries still wait and that have the size that the API lists: after a power
     *     cut one may be shorter
     */
    public List<Long> takeOver(Map<Long, Long> inSpool) {
        return database.jdbi().inTransaction(handle -> {
            List<Long> kept = handle.createQuery("SELECT file_id, size FROM export_file WHERE spool_state <> 'none' AND"
                            + " spool_state = 'ready' AND " + waitedFor("export_file"))
                    .map((row, context) -> new Sized(row.getLong("file_id"), Sql.number(row, "size")))
                    .filter(file -> file.size() != null && file.size().equals(inSpool.get(file.fileId())))
                    .map(Sized::fileId)
                    .list();
            PreparedBatch batch = handle.prepareBatch(
                    "UPDATE export_file SET spool_owner = :owner, spool_until = :until WHERE file_id = :file");
            kept.forEach(file -> batch.bind("owner", owner)
                    .bind("until", clock.instant().plus(lease))
                    .bind("file", file)
                    .add());
            batch.execute();
            handle.createUpdate(FREE + " WHERE spool_state <> 'none' AND spool_owner <> :owner")
                    .bind("owner", owner)
                    .execute();
            return kept;
        });
    }

    /** The files that this process holds. */
    public Set<Long> held() {
        return database.jdbi().withHandle(handle -> handle.createQuery(
                        "SELECT file_id FROM export_file WHERE spool_owner = :owner AND spool_state <> 'none'")
                .bind("owner", owner)
                .mapTo(Long.class)
                .set());
    }

    private List<String> expected() {
        return destinations.runningOrReloading().stream()
                .filter(Destination::needsFile)
                .map(Destination::name)
                .toList();
    }

    /** Those of some files that a process held until now. */
    static List<Long> free(Handle handle, String owner, Collection<Long> fileIds) {
        return handle.createQuery(FREE + " WHERE spool_owner = :owner AND file_id IN (<files>) RETURNING file_id")
                .bind("owner", owner)
                .bindList("files", Sql.fileIds(fileIds))
                .mapTo(Long.class)
                .list();
    }

    private record Sized(long fileId, Long size) {}
}
