package org.exportrelay.ledger.database;

import java.time.Duration;
import org.exportrelay.config.Durations;

/**
 * How long a PostgreSQL ledger may take, so that a server that hangs, or a lock that another session holds, becomes a
 * failure, which is retried. The driver cancels a statement that takes longer. It ends a connection that is silent for
 * longer than that. Nothing is set in the session, which a pooler may pass on to others.
 *
 * @param name of the connection pool
 * @param statement longest time of a statement, in whole seconds; zero for any
 * @param silence longest time until the server answers, in whole seconds
 * @param connection longest wait for a connection, in whole seconds
 */
record StatementTimeout(String name, Duration statement, Duration silence, Duration connection) {

    /** For migrations, and for commands that read the whole history. */
    static final StatementTimeout UNHURRIED =
            new StatementTimeout("ledger", Duration.ZERO, Duration.ofMinutes(5), Duration.ofSeconds(10));

    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final Duration LONGEST_OF_RENEWAL = Duration.ofSeconds(10);
    private static final int WORK_PER_LEASE = 2;
    /** A renewal is due four times per lease: also after one that failed, the next comes in time. */
    private static final int RENEWALS_PER_LEASE = 8;

    /**
     * For the regular work: what a statement claims, it claims for a lease, so it must end well before.
     *
     * @param lease 5 s or more
     */
    static StatementTimeout ofWork(Duration lease) {
        return of("ledger", Durations.shorter(lease.dividedBy(WORK_PER_LEASE), LONGEST));
    }

    /**
     * For the renewal of leases.
     *
     * @param lease 5 s or more
     */
    static StatementTimeout ofRenewal(Duration lease) {
        return of("ledger-leases", Durations.shorter(lease.dividedBy(RENEWALS_PER_LEASE), LONGEST_OF_RENEWAL));
    }

    private static StatementTimeout of(String name, Duration statement) {
        Duration whole = Duration.ofSeconds(Math.max(SHORTEST.toSeconds(), statement.toSeconds()));
        return new StatementTimeout(name, whole, whole.plus(SHORTEST), Durations.shorter(whole, LONGEST_OF_RENEWAL));
    }
}
