package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import org.exportrelay.ledger.database.LedgerDatabase;

/** The relay processes that use the ledger now, or did within a day. Reads only. Thread-safe. */
public final class InstanceList {

    private final LedgerDatabase database;
    private final Clock clock;

    /**
     * @param database open
     * @param clock for which of them still run
     */
    public InstanceList(LedgerDatabase database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /** The one that has started last first. */
    public List<Running> all() {
        Instant gone = clock.instant().minus(Instances.GONE);
        return database.jdbi().withHandle(handle -> handle.createQuery(
                        """
                                SELECT instance_id, host, version, started_at, seen_at,
                                  CASE WHEN instance_id = (SELECT owner FROM poller WHERE id = 1) THEN 1 ELSE 0 END AS polls
                                FROM instance ORDER BY started_at DESC, instance_id""")
                .map((row, context) -> {
                    Instant seen = Sql.instant(row, "seen_at", context);
                    return new Running(
                            row.getString("instance_id"),
                            row.getString("host"),
                            row.getString("version"),
                            Sql.instant(row, "started_at", context),
                            seen,
                            !seen.isBefore(gone),
                            row.getInt("polls") == 1);
                })
                .list());
    }

    /**
     * A process.
     *
     * @param id its name in claims
     * @param host on which it runs
     * @param version of the program
     * @param startedAt when
     * @param seenAt when it last reported that it runs
     * @param isRunning whether that is not long ago
     * @param polls whether it was the last one to begin a poll
     */
    public record Running(
            String id,
            String host,
            String version,
            Instant startedAt,
            Instant seenAt,
            boolean isRunning,
            boolean polls) {}
}
