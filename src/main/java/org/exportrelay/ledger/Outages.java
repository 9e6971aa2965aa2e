package org.exportrelay.ledger;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.exportrelay.config.Counts;
import org.exportrelay.config.Durations;
import org.exportrelay.delivery.DeliveryOutcome;
import org.exportrelay.delivery.OutageNotice;
import org.exportrelay.delivery.OutageNotice.Kind;
import org.exportrelay.ledger.EndedAttempt.MetOutage;
import org.exportrelay.ledger.database.Dialect;
import org.jdbi.v3.core.Handle;

/**
 * Whether a destination is down. The first delivery that meets an outage takes it down, for all instances; while it is,
 * one delivery at a time is tried, at growing intervals, and the first that it accepts, or refuses for a reason of that
 * delivery alone, brings it up. All in the transaction of the attempts that cause it.
 */
final class Outages {

    /** How often a destination that stays down is logged. */
    private static final Duration REMINDER = Duration.ofHours(1);
    /** A server may ask for a longer wait; the return of the destination would go unnoticed. */
    private static final Duration LONGEST_RETRY_AFTER = Duration.ofDays(1);

    /** Until the next probe, if the last one failed for a reason that is neither its delivery's nor its destination's. */
    private static final Duration AFTER_POSTPONEMENT = Duration.ofSeconds(5);
    /** How exactly it is known when a destination answered last: not every delivery writes the row of its destination. */
    private static final Duration ANSWER_PRECISION = Duration.ofMillis(250);

    private final Dialect dialect;
    /** When this process has last recorded an answer of a destination that works: another one so soon tells nothing new. */
    private final Map<String, Instant> answers = new ConcurrentHashMap<>();

    Outages(Dialect dialect) {
        this.dialect = dialect;
    }

    /**
     * Draws the consequences of attempts whose end has just been recorded.
     *
     * @return what has to be logged once that is committed
     */
    List<OutageNotice> update(Handle handle, List<EndedAttempt> recorded, Instant now) {
        Map<String, List<EndedAttempt>> decisive = recorded.stream()
                .filter(attempt -> attempt.showsUp() || attempt.takesDown() || attempt.isProbe())
                .collect(Collectors.groupingBy(EndedAttempt::destination));
        decisive.entrySet().removeIf(attempts -> isKnown(attempts.getKey(), attempts.getValue(), now));
        if (decisive.isEmpty()) {
            return List.of();
        }
        List<OutageNotice> notices = new ArrayList<>();
        affected(handle, decisive, now)
                .forEach(destination -> update(handle, destination, decisive.get(destination.name()), now)
                        .ifPresent(notices::add));
        return notices;
    }

    /** The transaction was rolled back: what it has recorded must be recorded again. */
    void forget(Collection<EndedAttempt> ended) {
        ended.forEach(attempt -> answers.remove(attempt.destination()));
    }

    /** Whether the attempts show only that a destination works, as others have just shown. */
    private boolean isKnown(String destination, List<EndedAttempt> attempts, Instant now) {
        Instant answered = answers.get(destination);
        return answered != null
                && !answered.isAfter(now)
                && answered.isAfter(now.minus(ANSWER_PRECISION))
                && attempts.stream().allMatch(attempt -> attempt.showsUp() && !attempt.isProbe());
    }

    /**
     * Those that are down, have met an outage now, or have answered. Locked in the order of their names, and after the
     * deliveries, as every instance does.
     */
    private List<Down> affected(Handle handle, Map<String, List<EndedAttempt>> decisive, Instant now) {
        return handle.createQuery(
                        """
                        SELECT name, down_since, down_probes, down_delivery, down_logged_at, probe_at FROM destination
                        WHERE name IN (<names>) AND (down_since IS NOT NULL OR name IN (<failing>)
                          OR name IN (<answering>) AND (answered_at IS NULL OR answered_at <= :before))
                        ORDER BY name%s"""
                                .formatted(dialect.lockRows()))
                .bindList("names", Sql.ids(decisive.keySet()))
                .bindList("failing", names(decisive, EndedAttempt::takesDown))
                .bindList("answering", names(decisive, EndedAttempt::showsUp))
                .bind("before", now.minus(ANSWER_PRECISION))
                .map((row, context) -> new Down(
                        row.getString("name"),
                        Sql.instant(row, "down_since", context),
                        row.getInt("down_probes"),
                        row.getString("down_delivery"),
                        Sql.instant(row, "down_logged_at", context),
                        Sql.instant(row, "probe_at", context)))
                .list();
    }

    private static List<String> names(Map<String, List<EndedAttempt>> decisive, Predicate<EndedAttempt> kind) {
        return Sql.ids(decisive.entrySet().stream()
                .filter(attempts -> attempts.getValue().stream().anyMatch(kind))
                .map(Map.Entry::getKey)
                .toList());
    }

    private Optional<OutageNotice> update(Handle handle, Down before, List<EndedAttempt> attempts, Instant now) {
        List<EndedAttempt> failed =
                attempts.stream().filter(EndedAttempt::takesDown).toList();
        if (attempts.stream().anyMatch(EndedAttempt::showsUp)) {
            return up(handle, before, failed, now);
        }
        if (!failed.isEmpty()) {
            return down(handle, before, failed, now);
        }
        Probes.setNext(handle, before.name(), nextProbe(attempts, now));
        return Optional.empty();
    }

    /** After a probe that ended without an answer of the destination the next delivery is tried. */
    private static Instant nextProbe(List<EndedAttempt> ended, Instant now) {
        boolean isPostponed = ended.stream()
                .map(EndedAttempt::outcome)
                .anyMatch(outcome -> outcome.isPostponed() && outcome != DeliveryOutcome.RELEASED);
        return isPostponed ? now.plus(AFTER_POSTPONEMENT) : now;
    }

    private Optional<OutageNotice> down(Handle handle, Down before, List<EndedAttempt> failed, Instant now) {
        answers.remove(before.name());
        EndedAttempt last = failed.get(failed.size() - 1);
        boolean isNew = before.since() == null;
        Instant since = isNew ? now : before.since();
        // Others were in flight when it went down: they say nothing new about when to try again.
        boolean isProbe = failed.stream().anyMatch(EndedAttempt::isProbe);
        int probes = isNew ? 0 : before.probes() + (isProbe ? 1 : 0);
        Duration wait = isNew || isProbe
                ? wait(last.outage().orElseThrow(), probes + 1)
                : Duration.between(now, before.probeAt());
        String only = only(before, failed);
        if (only == null) {
            acquit(handle, before, failed);
        }
        boolean remind = isNew || !before.loggedAt().plus(REMINDER).isAfter(now);
        handle.createUpdate(
                        """
                        UPDATE destination SET down_since = :since, down_reason = :reason, down_probes = :probes,
                          down_delivery = :delivery, down_logged_at = :logged, probe_at = :probe WHERE name = :name""")
                .bind("since", since)
                .bind("reason", Sql.shortened(last.error()))
                .bind("probes", probes)
                .bind("delivery", only)
                .bind("logged", remind ? now : before.loggedAt())
                .bind("probe", now.plus(wait))
                .bind("name", before.name())
                .execute();
        if (isNew) {
            EventLog.append(handle, wentDown(last, now, now.plus(wait)));
        }
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

    /** One event, however many deliveries wait. */
    private static Event wentDown(EndedAttempt met, Instant now, Instant probeAt) {
        return Event.of(EventKind.DESTINATION_DOWN, now, met.error())
                .to(met.destination())
                .ofDelivery(
                        met.delivery().file().exportId(), met.delivery().file().fileId(), met.deliveryId(), null)
                .with(EventLog.json(Map.of("next_probe_at", probeAt.toString())));
    }

    private static Event cameUp(Down before, Instant now, long waiting) {
        Duration lasted = Duration.between(before.since(), now);
        return Event.of(
                        EventKind.DESTINATION_UP,
                        now,
                        "up again after " + Durations.rounded(lasted) + "; " + Counts.waitingDeliveries(waiting))
                .to(before.name())
                .with(EventLog.json(Map.of(
                        "down_since", before.since().toString(), "seconds", lasted.toSeconds(), "waiting", waiting)));
    }

    private static Duration wait(MetOutage outage, int failures) {
        Duration asked = outage.retryAfter().orElse(Duration.ZERO);
        Duration own = outage.retries().delayAfter(failures);
        return Durations.longer(own, Durations.shorter(asked, LONGEST_RETRY_AFTER));
    }

    /** The delivery that alone has met this outage so far; null if several have. */
    private static String only(Down before, List<EndedAttempt> failed) {
        String first = before.since() == null ? failed.get(0).deliveryId() : before.delivery();
        return failed.stream().allMatch(attempt -> attempt.deliveryId().equals(first)) ? first : null;
    }

    /** Where several deliveries meet an outage, none of them has caused it. */
    private void acquit(Handle handle, Down before, List<EndedAttempt> failed) {
        Set<String> all = failed.stream().map(EndedAttempt::deliveryId).collect(Collectors.toSet());
        if (before.delivery() != null) {
            all.add(before.delivery());
        }
        updateDeliveries(handle, "lone_outages = 0", all);
    }

    /** A delivery that alone has met the outage, while the destination answers others, is remembered as suspect. */
    private Optional<OutageNotice> up(Handle handle, Down before, List<EndedAttempt> failed, Instant now) {
        String only = before.since() == null && failed.isEmpty() ? null : only(before, failed);
        if (only != null) {
            updateDeliveries(handle, "lone_outages = lone_outages + 1", Set.of(only));
        }
        handle.createUpdate(
                        """
                        UPDATE destination SET down_since = NULL, down_reason = NULL, down_probes = 0,
                          down_delivery = NULL, down_logged_at = NULL, probe_at = NULL, answered_at = :now WHERE name = :name""")
                .bind("now", now)
                .bind("name", before.name())
                .execute();
        answers.put(before.name(), now);
        if (before.since() == null) {
            return Optional.empty();
        }
        long waiting = waiting(handle, before.name());
        EventLog.append(handle, cameUp(before, now, waiting));
        return Optional.of(new OutageNotice(
                Kind.UP, before.name(), Duration.between(before.since(), now), "", waiting, Duration.ZERO));
    }

    /** Deliveries are locked before destinations, so that one that another transaction has locked is left as it is. */
    private void updateDeliveries(Handle handle, String change, Collection<String> ids) {
        handle.createUpdate(
                        """
                        UPDATE delivery SET %s WHERE delivery_id IN (
                          SELECT delivery_id FROM delivery WHERE delivery_id IN (<ids>) AND %s%s)"""
                                .formatted(change, Sql.OPEN, dialect.skipLocked()))
                .bindList("ids", Sql.ids(ids))
                .execute();
    }

    private static long waiting(Handle handle, String destination) {
        return handle.createQuery("SELECT count(*) FROM delivery WHERE destination = :name AND " + Sql.OPEN)
                .bind("name", destination)
                .mapTo(Long.class)
                .one();
    }

    private record Down(String name, Instant since, int probes, String delivery, Instant loggedAt, Instant probeAt) {}
}
