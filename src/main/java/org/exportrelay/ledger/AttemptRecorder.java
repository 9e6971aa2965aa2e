package org.exportrelay.ledger;

import java.time.Instant;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.exportrelay.delivery.DeliveredContent;
import org.exportrelay.delivery.DeliveryOutcome;
import org.exportrelay.delivery.DeliveryState;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/** Records how attempts ended, in the only statement that does, and creates the manifests of exports that are complete then. */
final class AttemptRecorder {

    /** An unclaimed delivery, such as one whose download failed, has no claim to fence with. */
    static final String UNCLAIMED = "";

    /** {@link Sql#LOCK_ORDER}. */
    private static final Comparator<EndedAttempt> ORDER = Comparator.comparing(
                    (EndedAttempt attempt) -> attempt.delivery().isManifest())
            .thenComparing(attempt -> attempt.delivery().file().fileId())
            .thenComparing(EndedAttempt::deliveryId);

    private AttemptRecorder() {}

    /**
     * Records some attempts in the caller's transaction.
     *
     * @param attempts either of files or of manifests: those of files lock manifests after them
     * @return for each of them whether it was recorded; if not, its claim was lost before
     */
    static List<Boolean> record(Handle handle, List<EndedAttempt> attempts, Instant now) {
        PreparedBatch batch = handle.prepareBatch(
                """
                UPDATE delivery SET state = :state, attempts = :attempts, last_error = :error,
                  next_attempt_at = :next, finished_at = :finished,
                  claim = NULL, lease_owner = NULL, lease_until = NULL, bytes = :bytes, sha256 = :sha256, records = :records,
                  outages = outages + CASE WHEN :metOutage AND (outage_at IS NULL OR outage_at < (
                    SELECT t.answered_at FROM destination t WHERE t.name = delivery.destination)) THEN 1 ELSE 0 END,
                  outage_at = coalesce(:outage, outage_at), location = coalesce(:location, location),
                  spooled_by = CASE WHEN :isDone THEN '' ELSE spooled_by END
                WHERE delivery_id = :id AND coalesce(claim, '') = :claim AND %s"""
                        .formatted(Sql.OPEN));
        List<Integer> order = IntStream.range(0, attempts.size())
                .boxed()
                .sorted(Comparator.comparing(attempts::get, ORDER))
                .toList();
        order.forEach(index -> bind(batch, attempts.get(index), now));
        int[] rows = batch.execute();
        Boolean[] recorded = new Boolean[attempts.size()];
        IntStream.range(0, rows.length).forEach(i -> recorded[order.get(i)] = rows[i] == 1);
        List<EndedAttempt> held = IntStream.range(0, recorded.length)
                .filter(i -> recorded[i])
                .mapToObj(attempts::get)
                .toList();
        List<ReplayedDelivery> manifests = count(handle, held, now);
        EventLog.append(
                handle,
                Stream.concat(
                                held.stream().flatMap(attempt -> event(attempt, now).stream()),
                                manifests.stream()
                                        .filter(manifest -> manifest.state().isFinal())
                                        .map(manifest -> manifest.event(now, Event.RELAY)))
                        .toList());
        return Arrays.asList(recorded);
    }

    /**
     * Counts what has ended, and makes manifests due. Where there is no destination of manifests, that takes no statement more.
     *
     * @return the manifests that are due again
     */
    private static List<ReplayedDelivery> count(Handle handle, List<EndedAttempt> held, Instant now) {
        List<DeliveryCounts.Change> ended = held.stream()
                .filter(attempt -> attempt.outcome().state().isFinal())
                .map(attempt -> DeliveryCounts.Change.ended(
                        attempt.destination(), attempt.outcome().state(), now))
                .toList();
        boolean isOfManifests =
                held.stream().anyMatch(attempt -> attempt.delivery().isManifest());
        List<DeliveryCounts.Change> left = isOfManifests ? ended : DeliveryCounts.addUnlessManifests(handle, ended);
        if (left.isEmpty() && !isOfManifests) {
            return List.of();
        }
        List<ReplayedDelivery> manifests = isOfManifests
                ? ManifestDeliveries.outdated(handle, held)
                : ManifestDeliveries.settle(handle, held, now);
        ReplayedDelivery.makeDue(handle, manifests, now);
        DeliveryCounts.add(
                handle,
                Stream.concat(left.stream(), ReplayedDelivery.counted(manifests).stream())
                        .toList());
        return manifests;
    }

    /** None for what has succeeded or been skipped, and for what counts no attempt, such as an outage. */
    private static Optional<Event> event(EndedAttempt attempt, Instant now) {
        DeliveryOutcome outcome = attempt.outcome();
        return kind(outcome).map(kind -> Event.of(kind, now, attempt.error())
                .to(attempt.destination())
                .ofDelivery(
                        attempt.delivery().file().exportId(),
                        attempt.delivery().file().fileId(),
                        attempt.deliveryId(),
                        attempt.delivery().attempt())
                .with(
                        outcome.delay() == null
                                ? null
                                : EventLog.json(Map.of(
                                        "next_attempt_at",
                                        now.plus(outcome.delay()).toString()))));
    }

    private static Optional<EventKind> kind(DeliveryOutcome outcome) {
        return switch (outcome.state()) {
            case PARKED -> Optional.of(EventKind.PARKED);
            case EXPIRED -> Optional.of(EventKind.EXPIRED);
            case RETRYING -> outcome.counted() ? Optional.of(EventKind.ATTEMPT_FAILED) : Optional.empty();
            default -> Optional.empty();
        };
    }

    private static void bind(PreparedBatch batch, EndedAttempt attempt, Instant now) {
        DeliveryOutcome outcome = attempt.outcome();
        int number = attempt.delivery().attempt();
        boolean isFinal = outcome.state().isFinal();
        batch.bind("state", outcome.state().text())
                .bind("attempts", outcome.counted() ? number : number - 1)
                .bind("error", Sql.shortened(attempt.error()))
                .bind("next", isFinal ? now : now.plus(outcome.delay()))
                .bindByType("finished", isFinal ? now : null, Instant.class)
                .bind("bytes", attempt.deliveredSize())
                .bindByType(
                        "sha256",
                        attempt.content().map(DeliveredContent::sha256).orElse(null),
                        String.class)
                .bind(
                        "records",
                        attempt.isDelivered() ? attempt.delivery().file().records() : null)
                .bind("metOutage", attempt.outage().isPresent())
                .bindByType("outage", attempt.passesTurn() ? now : null, Instant.class)
                // A parked one may be replayed from the spool.
                .bind("isDone", isFinal && outcome.state() != DeliveryState.PARKED)
                .bindByType("location", attempt.location().orElse(null), String.class)
                .bind("id", attempt.deliveryId())
                .bind("claim", attempt.delivery().claim())
                .add();
    }
}
