package org.exportrelay.ledger;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.exportrelay.delivery.OutageNotice;
import org.exportrelay.delivery.OutageNotice.Kind;
import org.exportrelay.ledger.AttemptRecorder.EndedAttempt;
import org.exportrelay.ledger.AttemptRecorder.MetOutage;
import org.exportrelay.ledger.database.LedgerDatabase;
import org.jdbi.v3.core.Handle;

/**
 * Whether a destination is down. The first delivery that meets an outage takes it down, for all instances; while it is,
 * one delivery at a time is tried, at growing intervals, and the first that is accepted brings it up. All in the
 * transaction of the attempts that cause it.
 */
final class Outages {

    /** How often a destination that stays down is logged. */
    private static final Duration REMINDER = Duration.ofHours(1);
    /** A server may ask for a longer wait; that long, nobody would notice that it is back. */
    private static final Duration LONGEST_RETRY_AFTER = Duration.ofDays(1);

    private final LedgerDatabase database;

    Outages(LedgerDatabase database) {
        this.database = database;
    }

    /**
     * Reserves the next probe of a destination that is down, for this instance.
     *
     * @param until no other instance tries one before, should this one die
     * @return false if it is not due, or another instance has it
     */
    boolean reserveProbe(Handle handle, String destination, Instant now, Instant until) {
        return handle.createUpdate(
                                """
                                UPDATE destination SET probe_at = :until WHERE name IN (
                                  SELECT name FROM destination WHERE name = :name AND down_since IS NOT NULL
                                    AND probe_at <= :now AND paused_at IS NULL%s)"""
                                        .formatted(database.dialect().skipLocked()))
                        .bind("until", until)
                        .bind("name", destination)
                        .bind("now", now)
                        .execute()
                == 1;
    }

    /** There was nothing to try, or the attempt ended without an answer of the destination: the next probe is due then. */
    void nextProbe(Handle handle, String destination, Instant at) {
        handle.createUpdate("UPDATE destination SET probe_at = :at WHERE name = :name AND down_since IS NOT NULL")
                .bind("at", at)
                .bind("name", destination)
                .execute();
    }

    /** Probes that a killed process had in flight are due again: their reservation was meant for other instances. */
    void releaseProbesInFlight(Handle handle, Instant now) {
        handle.createUpdate(
                        """
                        UPDATE destination SET probe_at = :now WHERE down_since IS NOT NULL AND EXISTS (
                          SELECT 1 FROM delivery d WHERE d.destination = destination.name AND d.state = 'in_progress')""")
                .bind("now", now)
                .execute();
    }

    /**
     * Draws the consequences of attempts whose end has just been recorded.
     *
     * @return what has to be logged once that is committed
     */
    List<OutageNotice> update(Handle handle, List<EndedAttempt> recorded, Instant now) {
        // In the order of their names, in which every instance locks them.
        Map<String, List<EndedAttempt>> decisive = recorded.stream()
                .filter(attempt -> attempt.isDelivered() || attempt.takesDown())
                .collect(Collectors.groupingBy(EndedAttempt::destination, TreeMap::new, Collectors.toList()));
        if (decisive.isEmpty()) {
            return List.of();
        }
        List<OutageNotice> notices = new ArrayList<>();
        affected(handle, decisive)
                .forEach(destination -> update(handle, destination, decisive.get(destination.name()), now)
                        .ifPresent(notices::add));
        return notices;
    }

    /** Those that are down, or have met an outage now. */
    private List<Down> affected(Handle handle, Map<String, List<EndedAttempt>> decisive) {
        List<String> failing = decisive.entrySet().stream()
                .filter(attempts -> attempts.getValue().stream().anyMatch(EndedAttempt::takesDown))
                .map(Map.Entry::getKey)
                .toList();
        return handle.createQuery(
                        """
                        SELECT name, down_since, down_probes, down_delivery, down_logged_at, probe_at FROM destination
                        WHERE name IN (<names>) AND (down_since IS NOT NULL OR name IN (<failing>)) ORDER BY name%s"""
                                .formatted(database.dialect().lockRows()))
                .bindList("names", Sql.ids(decisive.keySet()))
                .bindList("failing", Sql.ids(failing))
                .map((row, context) -> new Down(
                        row.getString("name"),
                        Sql.instant(row, "down_since", context),
                        row.getInt("down_probes"),
                        row.getString("down_delivery"),
                        Sql.instant(row, "down_logged_at", context),
                        Sql.instant(row, "probe_at", context)))
                .list();
    }

    private static Optional<OutageNotice> update(Handle handle, Down before, List<EndedAttempt> attempts, Instant now) {
        Optional<EndedAttempt> accepted =
                attempts.stream().filter(EndedAttempt::isDelivered).findFirst();
        List<EndedAttempt> failed =
                attempts.stream().filter(EndedAttempt::takesDown).toList();
        if (accepted.isPresent()) {
            return up(handle, before, failed, now);
        }
        return failed.isEmpty() ? Optional.empty() : down(handle, before, failed, now);
    }

    private static Optional<OutageNotice> down(Handle handle, Down before, List<EndedAttempt> failed, Instant now) {
        EndedAttempt last = failed.get(failed.size() - 1);
        boolean isNew = before.since() == null;
        Instant since = isNew ? now : before.since();
        // Others were in flight when it went down: they say nothing new about when to try again.
        boolean isProbe = failed.stream()
                .anyMatch(attempt -> attempt.outage().orElseThrow().isProbe());
        int probes = isNew ? 0 : before.probes() + (isProbe ? 1 : 0);
        Duration wait = isNew || isProbe
                ? wait(last.outage().orElseThrow(), probes + 1)
                : Duration.between(now, before.probeAt());
        boolean remind = isNew || !before.loggedAt().plus(REMINDER).isAfter(now);
        handle.createUpdate(
                        """
                        UPDATE destination SET down_since = :since, down_reason = :reason, down_probes = :probes,
                          down_delivery = :delivery, down_logged_at = :logged, probe_at = :probe WHERE name = :name""")
                .bind("since", since)
                .bind("reason", Sql.shortened(last.error()))
                .bind("probes", probes)
                .bind("delivery", only(before, failed))
                .bind("logged", remind ? now : before.loggedAt())
                .bind("probe", now.plus(wait))
                .bind("name", before.name())
                .execute();
        return remind
                ? Optional.of(new OutageNotice(
                        isNew ? Kind.DOWN : Kind.STILL_DOWN,
                        before.name(),
                        Duration.between(since, now),
                        last.error(),
                        waiting(handle, before.name()),
                        wait))
                : Optional.empty();
    }

    private static Duration wait(MetOutage outage, int failures) {
        Duration asked = outage.retryAfter().orElse(Duration.ZERO);
        Duration bounded = asked.compareTo(LONGEST_RETRY_AFTER) > 0 ? LONGEST_RETRY_AFTER : asked;
        Duration own = outage.retries().delayAfter(failures);
        return bounded.compareTo(own) > 0 ? bounded : own;
    }

    /** The delivery that alone has met this outage so far; null if several have. */
    private static String only(Down before, List<EndedAttempt> failed) {
        String first = before.since() == null ? failed.get(0).deliveryId() : before.delivery();
        return failed.stream().allMatch(attempt -> attempt.deliveryId().equals(first)) ? first : null;
    }

    /** A delivery that alone has met the outage, while others are accepted, is remembered as suspect. */
    private static Optional<OutageNotice> up(Handle handle, Down before, List<EndedAttempt> failed, Instant now) {
        String only = before.since() == null && failed.isEmpty() ? null : only(before, failed);
        if (only != null) {
            handle.createUpdate("UPDATE delivery SET lone_outages = lone_outages + 1 WHERE delivery_id = :id AND "
                            + Sql.OPEN)
                    .bind("id", only)
                    .execute();
        }
        if (before.since() == null) {
            return Optional.empty();
        }
        handle.createUpdate(
                        """
                        UPDATE destination SET down_since = NULL, down_reason = NULL, down_probes = 0,
                          down_delivery = NULL, down_logged_at = NULL, probe_at = NULL WHERE name = :name""")
                .bind("name", before.name())
                .execute();
        return Optional.of(new OutageNotice(
                Kind.UP,
                before.name(),
                Duration.between(before.since(), now),
                "",
                waiting(handle, before.name()),
                Duration.ZERO));
    }

    private static long waiting(Handle handle, String destination) {
        return handle.createQuery("SELECT count(*) FROM delivery WHERE destination = :name AND " + Sql.OPEN)
                .bind("name", destination)
                .mapTo(Long.class)
                .one();
    }

    private record Down(String name, Instant since, int probes, String delivery, Instant loggedAt, Instant probeAt) {}
}
