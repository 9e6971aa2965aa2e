package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.exportrelay.ledger.database.LedgerDatabase;

/**
 * Lets one of the instances that share a ledger poll. It claims the poll in the ledger; the claim lasts for less than a
 * period unless it is renewed, and its token grows with every claim, so that an instance which was paused notices that
 * it has lost the claim before its next request to the API. Thread-safe.
 */
public final class PollLease {

    /** The share of a period after which the next poll may begin, and an unrenewed claim ends. */
    private static final double SHARE_OF_PERIOD = 0.9;

    private final LedgerDatabase database;
    private final String owner;
    private final Clock clock;
    private Duration lease;
    private Long token;

    /**
     * @param database open
     * @param owner the name under which this process claims
     * @param clock for periods and leases
     */
    public PollLease(LedgerDatabase database, String owner, Clock clock) {
        this.database = database;
        this.owner = owner;
        this.clock = clock;
    }

    /**
     * Claims the poll that is due now.
     *
     * @param period between two polls, of all instances together
     * @param always whether to poll also if another instance has just done so
     * @return false if no poll is due or another instance is polling
     */
    public synchronized boolean begin(Duration period, boolean always) {
        Instant now = clock.instant();
        lease = Duration.ofMillis((long) (period.toMillis() * SHARE_OF_PERIOD));
        Optional<Long> claimed = database.jdbi().withHandle(handle -> handle.createQuery(
                        """
                        UPDATE poller SET owner = :owner, token = token + 1, next_poll_at = :next, lease_until = :next
                        WHERE (next_poll_at <= :now OR :always = 1) AND (lease_until IS NULL OR lease_until <= :now OR owner = :owner)
                        RETURNING token""")
                .bind("owner", owner)
                .bind("next", now.plus(lease))
                .bind("now", now)
                .bind("always", always ? 1 : 0)
                .mapTo(Long.class)
                .findOne());
        token = claimed.orElse(null);
        return claimed.isPresent();
    }

    /**
     * Renews the claim, before each request and while one is in flight.
     *
     * @return false if there is none, or another instance has taken it
     */
    public synchronized boolean renew() {
        if (token == null) {
            return false;
        }
        boolean held = database.jdbi().withHandle(handle -> handle.createUpdate(
                                "UPDATE poller SET lease_until = :until WHERE token = :token AND owner = :owner")
                        .bind("until", clock.instant().plus(lease))
                        .bind("token", token)
                        .bind("owner", owner)
                        .execute())
                == 1;
        if (!held) {
            token = null;
        }
        return held;
    }

    /**
     * Makes a poll due immediately. For the start of the only process on a ledger, which the data
     * directory's lock proves.
     */
    public void takeOver() {
        database.jdbi()
                .useHandle(handle -> handle.createUpdate("UPDATE poller SET next_poll_at = :now, lease_until = NULL")
                        .bind("now", clock.instant())
                        .execute());
    }

    /** The poll has ended, well or not. */
    public synchronized void end() {
        if (token == null) {
            return;
        }
        database.jdbi().useHandle(handle -> handle.createUpdate(
                        "UPDATE poller SET lease_until = NULL WHERE token = :token AND owner = :owner")
                .bind("token", token)
                .bind("owner", owner)
                .execute());
        token = null;
    }
}
