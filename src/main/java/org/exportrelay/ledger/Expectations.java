package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.ledger.database.LedgerDatabase;

/**
 * Counts exports for expectations, and keeps what came of each deadline as events: there is no other state. Thread-safe.
 */
public final class Expectations {

    /** Longer than the time between two deadlines of an expectation, which has one a week or more. */
    private static final Duration KEPT = Duration.ofDays(8);

    private static final List<String> KINDS = Stream.of(
                    EventKind.EXPECTATION_AT_RISK, EventKind.EXPECTATION_MISSED, EventKind.EXPECTATION_MET)
            .map(EventKind::text)
            .toList();

    private static final String EXPECTED = "coalesce(e.created_at, e.first_seen_at) > :after AND coalesce(e.name, '') ";

    private final LedgerDatabase database;
    private final EventLog log;
    private final Clock clock;

    /**
     * @param database open
     * @param clock for when deadlines pass: the same as for the ends of deliveries
     */
    public Expectations(LedgerDatabase database, Clock clock) {
        this.database = database;
        this.log = new EventLog(database, clock);
        this.clock = clock;
    }

    public Instant now() {
        return clock.instant();
    }

    /**
     * How many exports were delivered to all destinations that select them; a skipped delivery does not count. Reads what
     * has ended in this time: a subquery for each, since PostgreSQL may read all files for a join.
     *
     * @param after when the vendor created them
     * @param until when their last delivery was made
     */
    public long delivered(NamePattern name, Instant after, Instant until) {
        return count(
                """
                SELECT count(*) FROM (
                  SELECT DISTINCT (SELECT f.export_id FROM export_file f WHERE f.file_id = d.file_id) AS id FROM delivery d
                  WHERE d.state = 'delivered' AND d.finished_at > :after AND d.finished_at <= :until) candidate
                WHERE (SELECT %s FROM export e WHERE e.export_id = candidate.id) AND NOT EXISTS (
                  SELECT 1 FROM export_file f JOIN delivery d ON d.file_id = f.file_id WHERE f.export_id = candidate.id
                    AND (d.state NOT IN ('delivered', 'skipped') OR d.finished_at > :until))""",
                name, after, until);
    }

    /**
     * How many exports are in the ledger, but not delivered to each destination. Reads what is open or has failed: the
     * exports of these one by one, since PostgreSQL may read all of them for a join.
     */
    public long undelivered(NamePattern name, Instant after) {
        return count(
                """
                WITH due AS MATERIALIZED (
                  SELECT file_id FROM delivery WHERE %s
                  UNION SELECT file_id FROM delivery
                  WHERE state IN ('parked', 'expired') AND finished_at > :after AND finished_at <= :until)
                SELECT count(*) FROM (
                  SELECT DISTINCT (SELECT f.export_id FROM export_file f WHERE f.file_id = due.file_id) AS id FROM due) candidate
                WHERE (SELECT %%s FROM export e WHERE e.export_id = candidate.id)"""
                        .formatted(Sql.OPEN),
                name,
                after,
                now());
    }

    private long count(String query, NamePattern name, Instant after, Instant until) {
        return database.jdbi().withHandle(handle -> handle.createQuery(
                        query.formatted(EXPECTED + database.dialect().matchesGlob()))
                .bind("name", database.dialect().glob(name.toString()))
                .bind("after", after)
                .bind("until", until)
                .mapTo(Long.class)
                .one());
    }

    /** Whether the ledger has events from before a time, so that a relay ran then. */
    public boolean isOlderThan(Instant time) {
        return database.jdbi()
                .withHandle(handle -> handle.createQuery("SELECT 1 FROM event WHERE at < :time ORDER BY at LIMIT 1")
                        .bind("time", time)
                        .mapTo(Integer.class)
                        .findOne()
                        .isPresent());
    }

    public void record(ExpectationResult result) {
        log.append(result.kind(), result.name() + ": " + result.message(), result.detail());
    }

    /** What was recorded in the last days, the newest first. */
    public List<ExpectationResult> recent() {
        List<ExpectationResult> recent = new ArrayList<>();
        new Events(database)
                .forEach(
                        new Events.Choice(null, null, KINDS, now().minus(KEPT), 0),
                        event -> recent.add(ExpectationResult.of(event)));
        return recent;
    }

    /** The newest result of each expectation, by name. */
    public Map<String, ExpectationResult> latest() {
        return newest(recent().stream());
    }

    /** The newest result of each expectation that its deadline, or its fulfilment, has decided. */
    public Map<String, ExpectationResult> latestDecided() {
        return newest(recent().stream().filter(ExpectationResult::isDecided));
    }

    private static Map<String, ExpectationResult> newest(Stream<ExpectationResult> newestFirst) {
        Map<String, ExpectationResult> newest = new LinkedHashMap<>();
        newestFirst.forEach(result -> newest.putIfAbsent(result.name(), result));
        return newest;
    }
}
