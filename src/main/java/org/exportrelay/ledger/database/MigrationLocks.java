package org.exportrelay.ledger.database;

import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Set;
import org.apache.camel.util.ObjectHelper;
import org.exportrelay.config.Durations;
import org.exportrelay.log.LogEvent;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.callback.BaseCallback;
import org.flywaydb.core.api.callback.Context;
import org.flywaydb.core.api.callback.Event;
import org.jboss.logging.Logger;

/**
 * Lets a migration run beside running instances on PostgreSQL. While it waits for the lock of a table, every later
 * statement on that table waits behind it. Therefore it waits only briefly, lets the others pass, and tries again.
 */
final class MigrationLocks extends BaseCallback {

    /** How long a migration, and those behind it, wait for a lock. */
    static final Duration LOCK_TIMEOUT = Duration.ofSeconds(2);

    private static final Logger LOG = Logger.getLogger(MigrationLocks.class);
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

    /** SQLSTATEs of PostgreSQL: lock_not_available, deadlock_detected. */
    private static final Set<String> BUSY = Set.of("55P03", "40P01");

    private final Duration budget;

    /**
     * @param budget no further attempt begins after this time
     */
    MigrationLocks(Duration budget) {
        this.budget = budget;
    }

    @Override
    public boolean supports(Event event, Context context) {
        return event == Event.BEFORE_EACH_MIGRATE;
    }

    /** In the transaction of the migration, and only there: a pooler would pass a session's setting on to others. */
    @Override
    public void handle(Event event, Context context) {
        try (Statement statement = context.getConnection().createStatement()) {
            statement.execute("SET LOCAL lock_timeout = " + LOCK_TIMEOUT.toMillis());
        } catch (SQLException e) {
            throw new FlywayException("cannot set lock_timeout", e);
        }
    }

    /**
     * Runs migrations until they are applied.
     *
     * @throws LedgerVersionException if a lock was not available within the budget
     */
    void retry(Runnable migrations) {
        long start = System.nanoTime();
        Duration pause = FIRST_PAUSE;
        while (true) {
            try {
                migrations.run();
                return;
            } catch (FlywayException e) {
                if (!isBusy(e)) {
                    throw e;
                }
                Duration spent = Duration.ofNanos(System.nanoTime() - start);
                if (spent.plus(pause).compareTo(budget) > 0) {
                    throw new LedgerVersionException("cannot be upgraded: other sessions have locked its tables for "
                            + spent.toSeconds() + " s (" + LedgerDatabase.describe(e) + "); end their transactions"
                            + " (pg_stat_activity lists them), then start again");
                }
                LogEvent.LEDGER_LOCKED
                        .on(LOG)
                        .warnf(
                                "the upgrade of the ledger waits for a lock that another session holds (%s); trying again in %d s",
                                LedgerDatabase.describe(e), pause.toSeconds());
                sleep(pause, e);
                pause = Durations.shorter(pause.multipliedBy(2), LONGEST_PAUSE);
            }
        }
    }

    /** Flyway itself waits while another instance upgrades the ledger, and its exception has no SQLSTATE. */
    private static boolean isBusy(FlywayException failure) {
        SQLException refusal = ObjectHelper.getException(SQLException.class, failure);
        return refusal == null
                ? String.valueOf(failure.getMessage()).contains("advisory lock")
                : BUSY.contains(String.valueOf(refusal.getSQLState()));
    }

    private static void sleep(Duration pause, FlywayException failure) {
        try {
            Thread.sleep(pause.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure;
        }
    }
}
