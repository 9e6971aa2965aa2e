package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.exportrelay.config.Counts;
import org.exportrelay.config.Durations;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.ledger.DestinationState.Outage;
import org.exportrelay.ledger.DestinationState.Pause;
import org.exportrelay.ledger.Progress.Risk;
import org.exportrelay.ledger.database.LedgerDatabase;

/** What needs an operator, the most urgent first. Reads counters, what is open and what failed. Thread-safe. */
public final class AttentionItems {

    /** What was lost longer ago is history. */
    private static final Duration RECENT = Duration.ofDays(7);

    private static final Duration MARGIN = Duration.ofHours(1);

    /** A later expiry is not shown: the relay downloads the file in time. */
    private static final Duration SOON = Duration.ofDays(1);

    private final LedgerDatabase database;
    private final Clock clock;

    /**
     * @param database open
     * @param clock for how long things last
     */
    public AttentionItems(LedgerDatabase database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * @param destinations as {@link DestinationSummaries} reports them
     * @param expiring as {@link Progress#expiring} reports them
     */
    public List<AttentionItem> of(List<DestinationSummary> destinations, Map<String, Risk> expiring) {
        Instant now = clock.instant();
        List<AttentionItem> items = new ArrayList<>();
        Map<String, DestinationState> states = destinations.stream()
                .map(DestinationSummary::state)
                .collect(Collectors.toMap(DestinationState::name, Function.identity()));
        new Progress(database, clock)
                .atRisk(MARGIN)
                .forEach(risk -> items.add(item(
                        cause(risk, Optional.ofNullable(states.get(risk.destination()))),
                        risk.destination(),
                        null,
                        Counts.deliveries(risk.deliveries()) + " likely to expire, the first in "
                                + Durations.rounded(Duration.between(now, risk.firstEnd())))));
        apiRefusal(now).ifPresent(items::add);
        new Expectations(database, clock).latest().values().forEach(result -> addUnmet(result, items));
        destinations.stream()
                .filter(destination -> !destination.isRetired())
                .forEach(destination ->
                        addCondition(destination, Optional.ofNullable(expiring.get(destination.name())), now, items));
        destinations.forEach(destination -> addFailed(destination, now, items));
        lostExports(EventKind.EXPORT_FAILED, Cause.EXPORT_FAILED, "failed at the vendor", now)
                .ifPresent(items::add);
        lostExports(EventKind.EXPORT_UNFETCHABLE, Cause.EXPORT_UNFETCHABLE, "seen too late", now)
                .ifPresent(items::add);
        return items;
    }

    private static Cause cause(Risk risk, Optional<DestinationState> destination) {
        return destination
                .filter(state -> !state.needsFile())
                .flatMap(DestinationState::closedWindow)
                .filter(window -> risk.firstEnd().isBefore(window.opensAt()))
                .map(opensTooLate -> Cause.EXPIRES_OUTSIDE_WINDOW)
                .orElse(Cause.AT_RISK);
    }

    private static AttentionItem item(Cause cause, String destination, Instant since, String text) {
        return new AttentionItem(cause, destination, since, text, cause.action(destination), null);
    }

    private Optional<AttentionItem> apiRefusal(Instant now) {
        return new Events(database)
                .latest(EventKind.API_REFUSED, EventKind.API_RECOVERED)
                .filter(event -> event.kind().equals(EventKind.API_REFUSED.text()))
                .map(event -> new AttentionItem(
                        Cause.API_REFUSED,
                        "the API",
                        event.at(),
                        "has refused all requests for " + Durations.rounded(Duration.between(event.at(), now)) + ": "
                                + event.message(),
                        Cause.API_REFUSED.action(),
                        null));
    }

    private static void addUnmet(ExpectationResult result, List<AttentionItem> items) {
        if (result.kind() != EventKind.EXPECTATION_MET) {
            Cause cause = result.kind() == EventKind.EXPECTATION_MISSED
                    ? Cause.EXPECTATION_MISSED
                    : Cause.EXPECTATION_AT_RISK;
            items.add(new AttentionItem(cause, "expectation", result.at(), result.message(), cause.action(), null));
        }
    }

    private static void addCondition(
            DestinationSummary destination, Optional<Risk> expiring, Instant now, List<AttentionItem> items) {
        String waiting = "; " + Counts.waitingDeliveries(destination.waiting()) + expiry(expiring, now);
        String name = destination.name();
        Optional<Pause> pause = destination.state().pause();
        Optional<Outage> outage = destination.state().outage();
        if (destination.lacksRoute()) {
            if (destination.waiting() > 0) {
                items.add(item(Cause.NO_ROUTE, name, destination.state().seenAt(), "no route" + waiting));
            }
        } else if (pause.isPresent()) {
            items.add(item(Cause.PAUSED, name, pause.get().since(), destination.reason(now) + waiting));
        } else if (outage.isPresent()) {
            items.add(item(Cause.DOWN, name, outage.get().since(), destination.condition(now) + waiting));
        }
    }

    /** Empty while there is more than a day. */
    private static String expiry(Optional<Risk> expiring, Instant now) {
        return expiring.filter(risk -> risk.firstEnd().isBefore(now.plus(SOON)))
                .map(risk -> "; " + risk.deliveries() + " of them can expire, the first in "
                        + Durations.rounded(Duration.between(now, risk.firstEnd())))
                .orElse("");
    }

    private void addFailed(DestinationSummary destination, Instant now, List<AttentionItem> items) {
        if (destination.parked() > 0) {
            newest(destination.name(), DeliveryState.PARKED, Instant.EPOCH)
                    .ifPresent(last -> items.add(new AttentionItem(
                            last.cause(),
                            destination.name(),
                            last.at(),
                            destination.parked() + " parked, the last " + ago(last.at(), now) + ": " + last.error(),
                            last.cause().action(destination.name()),
                            last.deliveryId())));
        }
        if (destination.expired() > 0) {
            newest(destination.name(), DeliveryState.EXPIRED, now.minus(RECENT))
                    .ifPresent(last -> items.add(new AttentionItem(
                            Cause.EXPIRED,
                            destination.name(),
                            last.at(),
                            destination.expired() + " expired, the last " + ago(last.at(), now) + ": " + last.error(),
                            Cause.EXPIRED.action(),
                            last.deliveryId())));
        }
    }

    /** Backwards in the index of what failed. */
    private Optional<Failed> newest(String destination, DeliveryState state, Instant since) {
        return database.jdbi().withHandle(handle -> handle.createQuery(
                        """
                        SELECT delivery_id, state, last_error, finished_at FROM delivery
                        WHERE state IN ('parked', 'expired') AND state = :state AND destination = :destination
                          AND finished_at >= :since
                        ORDER BY finished_at DESC LIMIT 1""")
                .bind("state", state.text())
                .bind("destination", destination)
                .bind("since", since)
                .map((row, context) -> new Failed(
                        row.getString("delivery_id"),
                        Cause.ofEnded(DeliveryState.of(row.getString("state")), row.getString("last_error")),
                        String.valueOf(row.getString("last_error")),
                        Sql.instant(row, "finished_at", context)))
                .findOne());
    }

    private Optional<AttentionItem> lostExports(EventKind kind, Cause cause, String what, Instant now) {
        long count = database.jdbi().withHandle(handle -> handle.createQuery(
                        "SELECT count(*) FROM event WHERE kind = :kind AND at >= :since")
                .bind("kind", kind.text())
                .bind("since", now.minus(RECENT))
                .mapTo(Long.class)
                .one());
        return count == 0
                ? Optional.empty()
                : Optional.of(new AttentionItem(
                        cause,
                        "exports",
                        null,
                        count + " " + what + " in the last 7 days; 'history --kind " + kind.text() + "' lists them",
                        cause.action(),
                        null));
    }

    private static String ago(Instant at, Instant now) {
        return Durations.rounded(Duration.between(at, now)) + " ago";
    }

    private record Failed(String deliveryId, Cause cause, String error, Instant at) {}
}
