package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.exportrelay.api.RequestLog;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.Handle;

/**
 * The requests that all instances of a ledger send to the API, so that together they stay within its limits. A row of
 * the ledger is locked while one is added. Thread-safe.
 */
public final class SharedRequests implements RequestLog {

    /** Requests of the same second share a row, so that a window may begin within it. */
    private static final Duration ROW = Duration.ofSeconds(1);

    private final LedgerDatabase database;
    private final Clock clock;

    /**
     * @param database open
     * @param clock on which the instances agree
     */
    public SharedRequests(LedgerDatabase database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    @Override
    public Optional<Duration> add(boolean isForUrls, List<Window> windows) {
        return database.jdbi().inTransaction(handle -> {
            handle.execute(database.dialect().budgetLock());
            Instant now = clock.instant();
            Optional<Duration> later = freeIn(handle, windows, now);
            if (later.isEmpty()) {
                insert(handle, isForUrls, now);
            }
            return later;
        });
    }

    private static void insert(Handle handle, boolean isForUrls, Instant now) {
        handle.createUpdate("DELETE FROM api_request WHERE sent_at <= :dayAgo")
                .bind("dayAgo", now.minus(DAY).minus(ROW))
                .execute();
        handle.createUpdate(
                        """
                        INSERT INTO api_request (sent_at, requests, for_urls) VALUES (:now, 1, :forUrls)
                        ON CONFLICT (sent_at) DO UPDATE SET requests = api_request.requests + 1,
                          for_urls = api_request.for_urls + :forUrls""")
                .bind("now", now.truncatedTo(ChronoUnit.SECONDS))
                .bind("forUrls", isForUrls ? 1 : 0)
                .execute();
    }

    @Override
    public Optional<Duration> freeIn(List<Window> windows) {
        return database.jdbi().withHandle(handle -> freeIn(handle, windows, clock.instant()));
    }

    /** On this log's clock, which may differ from the caller's. */
    private static Optional<Duration> freeIn(Handle handle, List<Window> windows, Instant now) {
        return windows.stream()
                .flatMap(window -> freeAt(handle, window, now).stream())
                .max(Instant::compareTo)
                .map(free -> Duration.between(now, free));
    }

    @Override
    public long sent(Duration length) {
        return database.jdbi()
                .withHandle(handle -> sent(handle, length.plus(ROW), clock.instant()))
                .requests();
    }

    private static Optional<Instant> freeAt(Handle handle, Window window, Instant now) {
        Duration length = window.length().plus(ROW);
        Sent sent = sent(handle, length, now);
        return window.isFull(sent.requests(), sent.forUrls())
                ? Optional.of((sent.oldest() == null ? now : sent.oldest()).plus(length))
                : Optional.empty();
    }

    private static Sent sent(Handle handle, Duration length, Instant now) {
        return handle.createQuery(
                        """
                        SELECT coalesce(sum(requests), 0) AS requests, coalesce(sum(for_urls), 0) AS for_urls,
                          min(sent_at) AS oldest FROM api_request WHERE sent_at > :start""")
                .bind("start", now.minus(length))
                .map((row, context) ->
                        new Sent(row.getLong("requests"), row.getLong("for_urls"), Sql.instant(row, "oldest", context)))
                .one();
    }

    /**
     * What was sent within a time.
     *
     * @param forUrls of the requests
     * @param oldest null if there is none
     */
    private record Sent(long requests, long forUrls, Instant oldest) {}
}
