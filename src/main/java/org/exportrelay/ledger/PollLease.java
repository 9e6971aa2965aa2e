package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;
import org.exportrelay.ledger.database.LedgerDatabase;

/**
 * Lets one of the instances that share a ledger poll. It claims the poll in the ledger; the claim lasts for less than a
 * period unless it is renewed, and its token grows with every claim, so that an instance which was paused notices that
 * it has lost the claim before its next request to the API. The instance that polled last comes first when the next poll
 * is due, so that the poll changes hands only if that instance is gone or late. Thread-safe, without a lock: a renewal
 * never waits for the beginning or the end of a poll, which may wait for the database.
 */
public final class PollLease {

    /** The share of a period after which the next poll may begin, and an unrenewed claim ends. */
    private static final double SHARE_OF_PERIOD = 0.9;
    /** The share of a period, and the least time, for which the instance that polled last comes before the others. */
    private static final int PART_FOR_LAST = 4;

    private static final Duration LEAST_FOR_LAST = Duration.ofSeconds(1);

    private final LedgerDatabase database;
    private final String owner;
    private final Clock clock;
    private final LongSupplier nanoTime;
    private final AtomicReference<Claim> claim = new AtomicReference<>();
    private final AtomicReference<Turn> turn = new AtomicReference<>();

    /**
     * @param database open
     * @param owner the name under which this process claims
     * @param clock for periods and leases
     */
    public PollLease(LedgerDatabase database, String owner, Clock clock) {
        this(database, owner, clock, System::nanoTime);
    }

    /**
     * As above.
     *
     * @param nanoTime the monotonic clock
     */
    public PollLease(LedgerDatabase database, String owner, Clock clock, LongSupplier nanoTime) {
        this.database = database;
        this.owner = owner;
        this.clock = clock;
        this.nanoTime = nanoTime;
    }

    /**
     * Claims the poll that is due now. If another instance polled last, the poll is due for this one only after a quarter
     * of a period more, at least a second.
     *
     * @param period between two polls, of all instances together
     * @param always whether to poll also if another instance has just done so
     * @return false if no poll is due or another instance is polling
     */
    public boolean begin(Duration period, boolean always) {
        Instant now = clock.instant();
        Duration lease = Duration.ofMillis((long) (period.toMillis() * SHARE_OF_PERIOD));
        Duration forLast = period.dividedBy(PART_FOR_LAST);
        Optional<Long> claimed = database.jdbi().withHandle(handle -> handle.createQuery(
                        """
                        UPDATE poller SET owner = :owner, token = token + 1, next_poll_at = :next, lease_until = :next
                        WHERE (owner = :owner AND next_poll_at <= :now OR next_poll_at <= :before OR :always = 1)
                          AND (lease_until IS NULL OR lease_until <= :now OR owner = :owner)
                        RETURNING token""")
                .bind("owner", owner)
                .bind("next", now.plus(lease))
                .bind("now", now)
                .bind("before", now.minus(forLast.compareTo(LEAST_FOR_LAST) > 0 ? forLast : LEAST_FOR_LAST))
                .bind("always", always ? 1 : 0)
                .mapTo(Long.class)
                .findOne());
        claim.set(claimed.map(token -> new Claim(token, lease)).orElse(null));
        claimed.ifPresent(this::began);
        return claimed.isPresent();
    }

    /** The token grows by one with each begin and each end, so a gap shows that another instance has polled. */
    private void began(long token) {
        turn.updateAndGet(last ->
                new Turn(last != null && last.nextToken() == token ? last.since() : nanoTime.getAsLong(), token + 1));
    }

    private void ended(long token) {
        turn.updateAndGet(last -> last.nextToken() == token + 1 ? new Turn(last.since(), token + 2) : last);
    }

    /**
     * Renews the claim, before each request and while one is in flight.
     *
     * @return false if there is none, or another instance has taken it
     */
    public boolean renew() {
        Claim held = claim.get();
        if (held == null) {
            return false;
        }
        boolean holds = database.leases().withHandle(handle -> handle.createUpdate(
                                "UPDATE poller SET lease_until = :until WHERE token = :token AND owner = :owner")
                        .bind("until", clock.instant().plus(held.lease()))
                        .bind("token", held.token())
                        .bind("owner", owner)
                        .execute())
                == 1;
        if (!holds) {
            claim.compareAndSet(held, null);
        }
        return holds;
    }

    /** Whether this process was the last of all instances to begin a poll. */
    public boolean isPoller() {
        return database.jdbi().withHandle(handle -> handle.createQuery("SELECT 1 FROM poller WHERE owner = :owner")
                .bind("owner", owner)
                .mapTo(Integer.class)
                .findOne()
                .isPresent());
    }

    /**
     * For how long this process has polled without another in between, at the time of the call.
     *
     * @return empty if another instance was the last to begin a poll
     */
    public Optional<Duration> pollingFor() {
        Turn last = turn.get();
        long now = nanoTime.getAsLong();
        if (last == null) {
            return Optional.empty();
        }
        return database.jdbi()
                .withHandle(handle -> handle.createQuery("SELECT token FROM poller WHERE owner = :owner")
                        .bind("owner", owner)
                        .mapTo(Long.class)
                        .findOne())
                // The second one is that of a begin or an end which another thread has not noted yet.
                .filter(token -> token == last.nextToken() - 1 || token == last.nextToken())
                .map(token -> Duration.ofNanos(now - last.since()));
    }

    /**
     * Makes a poll due immediately. For the start of the only process on a ledger, which the data
     * directory's lock proves.
     */
    public void takeOver() {
        database.jdbi().useHandle(handle -> handle.createUpdate(
                        "UPDATE poller SET owner = :owner, next_poll_at = :now, lease_until = NULL")
                .bind("owner", owner)
                .bind("now", clock.instant())
                .execute());
    }

    /** The poll has ended, well or not. A renewal that comes later finds another token, and changes nothing. */
    public void end() {
        Claim ended = claim.getAndSet(null);
        if (ended == null) {
            return;
        }
        int changed = database.jdbi().withHandle(handle -> handle.createUpdate(
                        "UPDATE poller SET lease_until = NULL, token = token + 1 WHERE token = :token AND owner = :owner")
                .bind("token", ended.token())
                .bind("owner", owner)
                .execute());
        if (changed == 1) {
            ended(ended.token());
        }
    }

    private record Claim(long token, Duration lease) {}

    /**
     * Polls of this process without one of another instance in between.
     *
     * @param since after the first of them began, on the monotonic clock
     * @param nextToken of the next begin, if no other instance polls before
     */
    private record Turn(long since, long nextToken) {}
}
