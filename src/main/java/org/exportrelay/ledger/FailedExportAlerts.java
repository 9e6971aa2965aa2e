package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.exportrelay.ledger.database.LedgerDatabase;

/**
 * Which failed exports have been reported, so that each is reported once by all instances on a ledger together. An
 * instance claims an export, reports it and then confirms it; a claim that has
 * been neither confirmed nor released for a while was left by a process that died, and may be taken
 * again. Thread-safe.
 */
public final class FailedExportAlerts {

    /** Far longer than a mail takes to be accepted. */
    private static final Duration LONGEST_ALERT = Duration.ofMinutes(5);

    private final LedgerDatabase database;
    private final Clock clock;

    /**
     * @param database open
     * @param clock for the age of claims
     */
    public FailedExportAlerts(LedgerDatabase database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * Claims an export in one statement, so that of several instances one succeeds.
     *
     * @return false if it has been reported, or is being reported
     */
    public boolean claim(String exportId) {
        Instant now = clock.instant();
        return database.jdbi().withHandle(handle -> handle.createUpdate(
                                """
                                INSERT INTO alerted (export_id, claimed_at) VALUES (:id, :now)
                                ON CONFLICT (export_id) DO UPDATE SET claimed_at = :now
                                  WHERE alerted.told_at IS NULL AND alerted.claimed_at <= :left""")
                        .bind("id", exportId)
                        .bind("now", now)
                        .bind("left", now.minus(LONGEST_ALERT))
                        .execute())
                == 1;
    }

    /** It has been reported; this comes last, so that a crash before it repeats the alert and never loses it. */
    public boolean confirm(String exportId) {
        return database.jdbi().withHandle(handle -> handle.createUpdate(
                                "UPDATE alerted SET told_at = :now WHERE export_id = :id AND told_at IS NULL")
                        .bind("now", clock.instant())
                        .bind("id", exportId)
                        .execute())
                == 1;
    }

    /** It could not be reported, and may be claimed again immediately. */
    public boolean release(String exportId) {
        return database.jdbi().withHandle(handle -> handle.createUpdate(
                                "DELETE FROM alerted WHERE export_id = :id AND told_at IS NULL")
                        .bind("id", exportId)
                        .execute())
                == 1;
    }

    /** Whether it has been reported. */
    public boolean isReported(String exportId) {
        return database.jdbi().withHandle(handle -> handle.createQuery(
                        "SELECT 1 FROM alerted WHERE export_id = :id AND told_at IS NOT NULL")
                .bind("id", exportId)
                .mapTo(Integer.class)
                .findOne()
                .isPresent());
    }

    /** Forgets all, so that every failed export that is still listed is reported again. */
    public void clear() {
        database.jdbi().useHandle(handle -> handle.execute("DELETE FROM alerted"));
    }
}
