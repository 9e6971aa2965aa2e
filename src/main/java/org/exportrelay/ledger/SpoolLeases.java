package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.exportrelay.ledger.database.Dialect;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;
import org.jdbi.v3.core.statement.Update;

/**
 * For how long the instances that share a ledger hold their files. A spool has one lease for all that it has, since tens
 * of thousands of files may wait in it; each file that is being downloaded has a lease of its own.
 */
final class SpoolLeases {

    /**
     * The lease of a file in a spool, which only instances of 0.1.0 obey, is renewed when less than half of this time is
     * left.
     */
    private static final Duration OF_FILE = Duration.ofHours(1);

    private static final String CAN_BE_DOWNLOADED =
            """
            EXISTS (SELECT 1 FROM export e WHERE e.export_id = export_file.export_id
              AND (e.expires_at IS NULL OR e.expires_at > :past))""";

    private final Dialect dialect;
    private final String owner;
    private final Duration lease;
    private final Duration keepParked;
    private final Clock clock;

    /**
     * @param owner the name of this process's spool
     * @param lease how long a spool, or a claim of a download, holds without renewal
     * @param keepParked how long a file that cannot be downloaded again is left to an instance that is gone
     */
    SpoolLeases(Dialect dialect, String owner, Duration lease, Duration keepParked, Clock clock) {
        this.dialect = dialect;
        this.owner = owner;
        this.lease = lease;
        this.keepParked = keepParked;
        this.clock = clock;
    }

    /**
     * Renews the leases of this process.
     *
     * @param downloading the files whose downloads it has claimed
     */
    void renew(Handle handle, Set<Long> downloading) {
        Instant now = clock.instant();
        renewSpool(handle, owner, now.plus(lease));
        if (!downloading.isEmpty()) {
            renewFiles(
                    handle,
                    "spool_state = 'downloading' AND file_id IN (<files>)",
                    query -> query.bindList("files", Sql.fileIds(downloading)),
                    now.plus(lease));
        }
        renewFiles(
                handle,
                "spool_state = 'ready' AND spool_until <= :soon",
                query -> query.bind("soon", now.plus(OF_FILE.dividedBy(2))),
                now.plus(OF_FILE));
    }

    static void renewSpool(Handle handle, String owner, Instant until) {
        handle.createUpdate(
                        """
                        INSERT INTO spool (owner, lease_until) VALUES (:owner, :until)
                        ON CONFLICT (owner) DO UPDATE SET lease_until = :until""")
                .bind("owner", owner)
                .bind("until", until)
                .execute();
    }

    private void renewFiles(Handle handle, String which, UnaryOperator<Update> bind, Instant until) {
        // As with deliveries: a row that is just being changed is skipped.
        bind.apply(handle.createUpdate(
                        """
                        UPDATE export_file SET spool_until = :until WHERE file_id IN (
                          SELECT file_id FROM export_file WHERE spool_owner = :owner AND spool_state <> 'none' AND %s%s)"""
                                .formatted(which, dialect.skipLocked())))
                .bind("until", until)
                .bind("owner", owner)
                .execute();
    }

    /**
     * Frees files whose lease has ended.
     *
     * @param downloading the files whose downloads this process has claimed
     * @param past an instant that has certainly passed, by the API's clock
     * @return how many
     */
    int releaseEnded(Handle handle, Set<Long> downloading, Instant past) {
        int freed = 0;
        for (String holder : holders(handle)) {
            freed += releaseDownloads(handle, holder, downloading);
            if (!holder.equals(owner)) {
                freed += releaseSpool(handle, holder, past);
            }
        }
        handle.createUpdate("DELETE FROM spool WHERE lease_until <= :gone")
                .bind("gone", gone())
                .execute();
        return freed;
    }

    /** The spools that have files, found by one search for each of them, however many files they have. */
    private static List<String> holders(Handle handle) {
        return handle.createQuery(
                        """
                        WITH RECURSIVE holder (name) AS (
                          SELECT min(spool_owner) FROM export_file WHERE spool_state <> 'none'
                          UNION ALL
                          SELECT (SELECT min(f.spool_owner) FROM export_file f
                            WHERE f.spool_state <> 'none' AND f.spool_owner > holder.name)
                          FROM holder WHERE holder.name IS NOT NULL)
                        SELECT name FROM holder WHERE name IS NOT NULL""")
                .mapTo(String.class)
                .list();
    }

    private int releaseDownloads(Handle handle, String holder, Collection<Long> downloading) {
        return SpooledFiles.free(
                        handle,
                        " AND spool_owner = :holder AND spool_state = 'downloading' AND spool_until <= :now"
                                + " AND file_id NOT IN (<downloading>)",
                        query -> query.bind("holder", holder)
                                .bind("now", clock.instant())
                                .bindList("downloading", Sql.fileIds(downloading)))
                .size();
    }

    private int releaseSpool(Handle handle, String holder, Instant past) {
        Optional<Instant> until = handle.createQuery("SELECT lease_until FROM spool WHERE owner = :holder")
                .bind("holder", holder)
                .mapTo(Instant.class)
                .findOne();
        if (until.isPresent()) {
            return until.get().isAfter(clock.instant())
                    ? 0
                    : release(handle, holder, CAN_BE_DOWNLOADED, query -> query.bind("past", past));
        }
        // Of 0.1.0, or one whose lease ended so long ago that it was deleted.
        return release(
                handle,
                holder,
                "spool_until <= :now AND (spool_until <= :gone OR " + CAN_BE_DOWNLOADED + ")",
                query -> query.bind("now", clock.instant()).bind("gone", gone()).bind("past", past));
    }

    private static int release(Handle handle, String holder, String which, UnaryOperator<Query> bind) {
        return SpooledFiles.free(
                        handle,
                        " AND spool_owner = :holder AND spool_state = 'ready' AND " + which,
                        query -> bind.apply(query.bind("holder", holder)))
                .size();
    }

    private Instant gone() {
        return clock.instant().minus(keepParked);
    }
}
