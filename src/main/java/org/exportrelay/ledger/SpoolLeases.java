package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.exportrelay.config.Counts;
import org.exportrelay.config.Durations;
import org.exportrelay.ledger.database.Dialect;
import org.exportrelay.log.LogEvent;
import org.jboss.logging.Logger;
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

    /**
     * After this time without a renewal a spool is gone for good, and what only that spool has ends as expired. Longer than
     * a host is away for a weekend or a repair: until then its instance may come back and deliver what it has.
     */
    static final Duration GONE = Duration.ofDays(7);
    /** The same for a spool that never had a lease of its own: 0.1.0 gave its spool another name at each start. */
    static final Duration GONE_OF_OLDER_VERSION = Duration.ofDays(1);
    /** Where all instances were stopped for as long, those that start later must find their files. */
    static final Duration TIME_TO_RETURN = Duration.ofHours(1);

    private static final Logger LOG = Logger.getLogger(SpoolLeases.class);

    private static final String CAN_BE_DOWNLOADED =
            """
            EXISTS (SELECT 1 FROM export e WHERE e.export_id = export_file.export_id
              AND (e.expires_at IS NULL OR e.expires_at > :past))""";

    private final Dialect dialect;
    private final String owner;
    private final Duration lease;
    private final Clock clock;
    private final Instant startedAt;
    /** The spools that were logged as away. Used by the one thread that releases ended leases. */
    private final Set<String> away = new HashSet<>();

    /**
     * @param owner the name of this process's spool
     * @param lease how long a spool, or a claim of a download, holds without renewal
     */
    SpoolLeases(Dialect dialect, String owner, Duration lease, Clock clock) {
        this.dialect = dialect;
        this.owner = owner;
        this.lease = lease;
        this.clock = clock;
        this.startedAt = clock.instant();
    }

    /**
     * Renews the leases of this process.
     *
     * @param downloading the files whose downloads it has claimed
     */
    void renew(Handle handle, Set<Long> downloading) {
        Instant now = clock.instant();
        renewSpool(handle, owner, now.plus(lease));
        Sql.chunks(downloading)
                .forEach(chunk -> renewFiles(
                        handle,
                        "spool_state = 'downloading' AND file_id IN (<files>)",
                        query -> query.bindList("files", Sql.fileIds(chunk)),
                        now.plus(lease)));
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
                .bind("gone", clock.instant().minus(GONE))
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
        List<Long> ended = handle
                .createQuery(
                        """
                        SELECT file_id FROM export_file WHERE spool_state <> 'none' AND spool_owner = :holder
                          AND spool_state = 'downloading' AND spool_until <= :now""")
                .bind("holder", holder)
                .bind("now", clock.instant())
                .mapTo(Long.class)
                .stream()
                .filter(fileId -> !downloading.contains(fileId))
                .toList();
        return Sql.chunks(ended).stream()
                .mapToInt(chunk -> freeDownloads(handle, holder, chunk))
                .sum();
    }

    /** The lease may have been renewed since. */
    private int freeDownloads(Handle handle, String holder, List<Long> fileIds) {
        return SpooledFiles.free(
                        handle,
                        " AND spool_owner = :holder AND spool_state = 'downloading' AND spool_until <= :now"
                                + " AND file_id IN (<files>)",
                        query -> query.bind("holder", holder)
                                .bind("now", clock.instant())
                                .bindList("files", Sql.fileIds(fileIds)))
                .size();
    }

    private int releaseSpool(Handle handle, String holder, Instant past) {
        Instant now = clock.instant();
        Optional<Instant> lease = handle.createQuery("SELECT lease_until FROM spool WHERE owner = :holder")
                .bind("holder", holder)
                .mapTo(Instant.class)
                .findOne();
        if (lease.isPresent() && lease.get().isAfter(now)) {
            away.remove(holder);
            return 0;
        }
        Instant gone = now.minus(lease.isPresent() ? GONE : GONE_OF_OLDER_VERSION);
        Instant until = lease.isPresent() ? lease.get() : lastUntil(handle, holder);
        if (!until.isAfter(gone) && !startedAt.isAfter(now.minus(TIME_TO_RETURN))) {
            away.remove(holder);
            return release(handle, holder, "TRUE", query -> query);
        }
        // A spool without a lease belongs to an instance of 0.1.0, which renews the lease of each file.
        int freed = release(
                handle,
                holder,
                (lease.isPresent() ? "" : "spool_until <= :now AND ") + CAN_BE_DOWNLOADED,
                query -> (lease.isPresent() ? query : query.bind("now", now)).bind("past", past));
        if (!until.isAfter(now) && away.add(holder)) {
            // An instance that was away for all this time may be starting beside this one.
            Instant end = now.plus(Duration.between(gone, until));
            Instant returned = startedAt.plus(TIME_TO_RETURN);
            logAway(handle, holder, until, Duration.between(now, end.isAfter(returned) ? end : returned));
        }
        return freed;
    }

    /** Until when an instance of 0.1.0 has renewed its files. */
    private static Instant lastUntil(Handle handle, String holder) {
        return handle.createQuery(
                        "SELECT max(spool_until) AS latest FROM export_file WHERE spool_owner = :holder AND spool_state <> 'none'")
                .bind("holder", holder)
                .map((row, context) -> Optional.ofNullable(Sql.instant(row, "latest", context)))
                .one()
                .orElse(Instant.EPOCH);
    }

    private static void logAway(Handle handle, String holder, Instant until, Duration left) {
        long waiting = handle.createQuery(
                        """
                        SELECT count(*) FROM export_file f JOIN delivery d ON d.file_id = f.file_id
                        WHERE f.spool_owner = :holder AND f.spool_state <> 'none' AND d.needs_file AND d.%s"""
                                .formatted(Sql.OPEN))
                .bind("holder", holder)
                .mapTo(Long.class)
                .one();
        if (waiting > 0) {
            LogEvent.SPOOL_INSTANCE_MISSING
                    .on(LOG)
                    .warnf(
                            "spool %s: its instance has not renewed its lease since %s, and only this spool has the files of %s whose"
                                    + " URLs have expired; start the instance whose relay.data-dir has this name in its file"
                                    + " spool-id, otherwise the deliveries expire in %s",
                            holder,
                            until.truncatedTo(ChronoUnit.SECONDS),
                            Counts.deliveries(waiting),
                            Durations.rounded(left));
        }
    }

    private static int release(Handle handle, String holder, String which, UnaryOperator<Query> bind) {
        return SpooledFiles.free(
                        handle,
                        " AND spool_owner = :holder AND spool_state = 'ready' AND " + which,
                        query -> bind.apply(query.bind("holder", holder)))
                .size();
    }
}
