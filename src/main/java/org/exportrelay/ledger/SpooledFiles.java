package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.exportrelay.delivery.Destination;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.statement.PreparedBatch;
import org.jdbi.v3.core.statement.Query;

/**
 * Which files this process's spool holds, and for how long: until the last delivery that waits for them has ended, and
 * those of parked deliveries longer, so that a replay works after their URLs have expired. Thread-safe.
 */
public final class SpooledFiles {

    /** The spool of a delivery whose file is in none, or that needs none. */
    static final String NO_SPOOL = "";

    private static final String FREE =
            "UPDATE export_file SET spool_state = 'none', spool_owner = NULL, spool_until = NULL WHERE spool_state <> 'none'";

    private static final String MINE = " AND spool_owner = :owner";
    private static final String MINE_OF_THESE = " AND file_id IN (<files>) AND " + Sql.OF_OWNER;
    /**
     * A spool without a lease belonged to a process of 0.1.0. If its file is in this process's directory, that process was
     * one of this directory, and has ended: the directory's lock proves it.
     */
    private static final String MINE_OR_OF_OLDER_VERSION =
            " AND (spool_owner = :owner OR NOT EXISTS (SELECT 1 FROM spool s WHERE s.owner = export_file.spool_owner))";

    private static final String READY = " AND spool_state = 'ready'";

    /**
     * Only a destination that runs here, or may be reloading, keeps a file: another instance downloads its own. But a file
     * that cannot be downloaded any more stays for whichever destination waits for it.
     */
    private static final String NEEDED = waitedFor("(d.destination IN (<expected>) OR d.expires_at <= :past)");

    private static final String PARKED =
            """
            EXISTS (SELECT 1 FROM delivery d WHERE d.file_id = export_file.file_id AND d.needs_file
              AND d.state = 'parked' AND d.finished_at > :parkedSince)""";

    private static final String EXPIRES_AFTER =
            """
            EXISTS (SELECT 1 FROM export e WHERE e.export_id = export_file.export_id
              AND (e.expires_at IS NULL OR e.expires_at > :after))""";

    /** A destination that works can take the file now. Others that can must not wait until its next attempt. */
    private static final String TAKEN_NOW = "d.destination IN (<working>) AND d.next_attempt_at <= :now";

    private static final String DONE = READY + " AND NOT " + NEEDED + " AND NOT " + PARKED;

    private final LedgerDatabase database;
    private final DestinationRegistry destinations;
    private final DestinationStates states;
    private final String owner;
    private final Duration lease;
    private final Duration keepParked;
    private final Clock clock;
    private final Supplier<Instant> past;

    /**
     * @param database open
     * @param destinations those that run here, for whose deliveries files are kept
     * @param states which of them are down or held
     * @param owner the name of this process's spool
     * @param lease how long a hold lasts without renewal
     * @param keepParked how long files of parked deliveries are kept
     * @param clock for leases
     * @param past an instant that has certainly passed, by the API's clock: what expired before cannot be downloaded again
     */
    public SpooledFiles(
            LedgerDatabase database,
            DestinationRegistry destinations,
            DestinationStates states,
            String owner,
            Duration lease,
            Duration keepParked,
            Clock clock,
            Supplier<Instant> past) {
        this.database = database;
        this.destinations = destinations;
        this.states = states;
        this.owner = owner;
        this.lease = lease;
        this.keepParked = keepParked;
        this.clock = clock;
        this.past = past;
    }

    /**
     * SQL for the spool that has a file, or {@link #NO_SPOOL} if none has it or the bound {@code needsFile} is false.
     *
     * @param fileId an expression
     */
    static String spoolOf(String fileId) {
        return """
               coalesce((SELECT f.spool_owner FROM export_file f
                 WHERE f.file_id = %s AND f.spool_state = 'ready' AND :needsFile), '')"""
                .formatted(fileId);
    }

    /** The condition that an open delivery waits for the file of a row of {@code export_file}. */
    private static String waitedFor(String more) {
        return "EXISTS (SELECT 1 FROM delivery d WHERE d.file_id = export_file.file_id AND d." + Sql.OPEN
                + " AND d.needs_file AND " + more + ")";
    }

    /**
     * Frees those of some files for which nothing waits any more.
     *
     * @return those that may be deleted now
     */
    public List<Long> releaseDone(Collection<Long> fileIds) {
        return inTransaction(
                handle -> Sql.chunks(fileIds).stream()
                        .flatMap(chunk -> free(handle, MINE_OF_THESE + DONE, query -> keeping(query)
                                        .bindList("files", Sql.fileIds(chunk)))
                                .stream())
                        .toList());
    }

    /**
     * Frees all such files, as when deliveries ended without their route.
     *
     * @return those that may be deleted now
     */
    public List<Long> releaseDone() {
        return inTransaction(handle -> free(handle, MINE + DONE, this::keeping));
    }

    private Query keeping(Query query) {
        return query.bind("owner", owner)
                .bindList("expected", Sql.ids(expected()))
                .bind("past", past.get())
                .bind("parkedSince", clock.instant().minus(keepParked));
    }

    /** Those of some files that no instance downloads or has, and for which no open delivery waits. */
    public List<Long> notWaitedFor(Collection<Long> fileIds) {
        return database.jdbi().withHandle(handle -> Sql.chunks(fileIds).stream()
                .flatMap(chunk -> handle
                        .createQuery(
                                "SELECT file_id FROM export_file WHERE file_id IN (<files>) AND spool_state = 'none' AND NOT "
                                        + NEEDED)
                        .bindList("files", Sql.fileIds(chunk))
                        .bindList("expected", Sql.ids(expected()))
                        .bind("past", past.get())
                        .mapTo(Long.class)
                        .list()
                        .stream())
                .toList());
    }

    /**
     * The files that are only kept: no destination that runs here and works can take them now, but one that is down or
     * held waits for them, or the next attempt of a delivery, or a parked delivery.
     */
    public List<KeptFile> kept() {
        return database.jdbi().withHandle(handle -> handle.createQuery(
                        """
                        SELECT export_file.file_id, e.expires_at
                        FROM export_file JOIN export e ON e.export_id = export_file.export_id
                        WHERE spool_owner = :owner AND spool_state <> 'none' AND spool_state = 'ready' AND NOT"""
                                + " " + waitedFor(TAKEN_NOW))
                .bind("owner", owner)
                .bindList("working", Sql.ids(working()))
                .bind("now", clock.instant())
                .map((row, context) -> new KeptFile(row.getLong("file_id"), Sql.instant(row, "expires_at", context)))
                .list());
    }

    /**
     * Drops kept files from this process's spool, to make room. Deliveries that wait for them wait for a download again.
     *
     * @param after only those that can be downloaded until then
     * @return those that may be deleted now; one that is being delivered, or that a destination which works can take now,
     *     is not among them
     */
    public List<Long> drop(Collection<Long> fileIds, Instant after) {
        List<String> working = working();
        return inTransaction(handle -> Sql.chunks(fileIds).stream()
                .flatMap(chunk -> free(
                        handle,
                        MINE_OF_THESE + READY + " AND " + EXPIRES_AFTER + " AND NOT "
                                + waitedFor("(d.state = 'in_progress' OR " + TAKEN_NOW + ")"),
                        query -> query.bind("owner", owner)
                                .bind("after", after)
                                .bind("now", clock.instant())
                                .bindList("working", Sql.ids(working))
                                .bindList("files", Sql.fileIds(chunk)))
                        .stream())
                .toList());
    }

    /**
     * Takes over what the last process of this data directory held.
     *
     * @param inSpool bytes of the complete files that this process's spool has, by file
     * @return those of them for which deliveries still wait and that have the size that the API lists: after a power
     *     cut one may be shorter
     */
    public List<Long> takeOver(Map<Long, Long> inSpool) {
        // An older release had another name for its spool at each start. Where instances share a ledger, others are
        // alive.
        boolean isOnly = database.isExclusive();
        UnaryOperator<Query> asOwner = query -> isOnly ? query : query.bind("owner", owner);
        return inTransaction(handle -> {
            List<Long> kept = asOwner.apply(
                            handle.createQuery("SELECT file_id, size FROM export_file WHERE spool_state <> 'none'"
                                    + READY + (isOnly ? "" : MINE_OR_OF_OLDER_VERSION) + " AND (" + waitedFor("true")
                                    + " OR " + PARKED + ")"))
                    .bind("parkedSince", clock.instant().minus(keepParked))
                    .map((row, context) -> new Sized(row.getLong("file_id"), Sql.number(row, "size")))
                    .filter(file -> file.size() != null && file.size().equals(inSpool.get(file.fileId())))
                    .map(Sized::fileId)
                    .list();
            free(handle, isOnly ? "" : MINE, asOwner);
            SpoolLeases.renewSpool(handle, owner, clock.instant().plus(lease));
            Sql.chunks(kept).forEach(chunk -> {
                markReady(handle, chunk);
                SpooledDeliveries.mark(handle, owner, chunk);
            });
            return kept;
        });
    }

    private void markReady(Handle handle, List<Long> fileIds) {
        PreparedBatch files = handle.prepareBatch(
                """
                UPDATE export_file SET spool_state = 'ready', spool_owner = :owner, spool_until = :until
                WHERE file_id = :file""");
        fileIds.forEach(file -> files.bind("owner", owner)
                .bind("until", clock.instant().plus(lease))
                .bind("file", file)
                .add());
        files.execute();
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

    private List<String> working() {
        return destinations.running().stream()
                .map(Destination::name)
                .filter(name -> states.of(name).map(DestinationState::isWorking).orElse(true))
                .toList();
    }

    private <T> T inTransaction(HandleCallback<T, RuntimeException> work) {
        return database.jdbi().inTransaction(work);
    }

    /** Those of some files that a spool held until now. */
    static List<Long> free(Handle handle, String owner, Collection<Long> fileIds) {
        List<Long> freed = new ArrayList<>();
        Sql.chunks(fileIds)
                .forEach(chunk -> freed.addAll(free(handle, MINE_OF_THESE, query -> query.bind("owner", owner)
                        .bindList("files", Sql.fileIds(chunk)))));
        return freed;
    }

    /**
     * Frees files in the only statements that do: no delivery is left that is believed to have its file in a spool.
     *
     * @param which a condition that begins with AND, or nothing for all
     * @return the files that were freed
     */
    static List<Long> free(Handle handle, String which, UnaryOperator<Query> bind) {
        List<Long> freed = bind.apply(handle.createQuery(FREE + which + " RETURNING file_id"))
                .mapTo(Long.class)
                .list();
        SpooledDeliveries.clear(handle, freed);
        return freed;
    }

    /**
     * A file that is only kept.
     *
     * @param fileId the ledger's key
     * @param expiresAt until when it can be downloaded again; null for any time
     */
    public record KeptFile(long fileId, Instant expiresAt) {}

    private record Sized(long fileId, Long size) {}
}
