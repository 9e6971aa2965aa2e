package org.exportrelay.ledger;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.exportrelay.delivery.DeliveryOutcome;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.RetryPolicy;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.PreparedBatch;

/** Records how attempts ended, in the only statement that does. */
final class AttemptRecorder {

    /** An unclaimed delivery, such as one whose download failed, has no claim to fence with. */
    static final String UNCLAIMED = "";

    private AttemptRecorder() {}

    /**
     * How an attempt ended.
     *
     * @param deliveryId which delivery
     * @param destination whose
     * @param claim only the latest one may end the attempt; {@link #UNCLAIMED} if the delivery has none
     * @param file what is delivered
     * @param number of the attempt, 1 or more
     * @param outcome not lost
     * @param error why it failed; null if it did not
     * @param outage empty unless the destination as a whole is at fault
     * @param location where its file is at the destination; empty leaves what is recorded
     */
    record EndedAttempt(
            String deliveryId,
            String destination,
            String claim,
            ExportFile file,
            int number,
            DeliveryOutcome outcome,
            String error,
            Optional<MetOutage> outage,
            Optional<String> location) {

        boolean isDelivered() {
            return outcome.state() == DeliveryState.DELIVERED;
        }

        /** Whether it takes its destination down, or keeps it down. */
        boolean takesDown() {
            return outage.isPresent() && !outage.get().isFault();
        }

        /** The same attempt as a fault of its delivery alone. */
        EndedAttempt asFault() {
            MetOutage met = outage.orElseThrow();
            return new EndedAttempt(
                    deliveryId,
                    destination,
                    claim,
                    file,
                    number,
                    met.retries().outcomeOf(FailureAction.RETRY, number),
                    error + " (other deliveries to this destination succeed)",
                    Optional.of(new MetOutage(met.retries(), met.retryAfter(), met.isProbe(), true)),
                    location);
        }
    }

    /**
     * That an attempt met an outage.
     *
     * @param retries of the destination: its delays are those between probes
     * @param retryAfter how long the destination asks to wait
     * @param isProbe whether the destination was known to be down, and this attempt was to find out whether it still is
     * @param isFault whether only this delivery is at fault after all
     */
    record MetOutage(RetryPolicy retries, Optional<Duration> retryAfter, boolean isProbe, boolean isFault) {}

    /**
     * Records some attempts in the caller's transaction.
     *
     * @return for each of them whether it was recorded; if not, its claim was lost before
     */
    static List<Boolean> record(Handle handle, List<EndedAttempt> attempts, Instant now) {
        PreparedBatch batch = handle.prepareBatch(
                """
                UPDATE delivery SET state = :state, attempts = :attempts, last_error = :error,
                  next_attempt_at = :next, finished_at = :finished,
                  claim = NULL, lease_owner = NULL, lease_until = NULL, bytes = :bytes, records = :records,
                  outage_at = coalesce(:outage, outage_at), location = coalesce(:location, location),
                  spooled_by = CASE WHEN :isDone THEN '' ELSE spooled_by END
                WHERE delivery_id = :id AND coalesce(claim, '') = :claim AND %s"""
                        .formatted(Sql.OPEN));
        attempts.forEach(attempt -> bind(batch, attempt, now));
        return IntStream.of(batch.execute()).mapToObj(rows -> rows == 1).toList();
    }

    private static void bind(PreparedBatch batch, EndedAttempt attempt, Instant now) {
        DeliveryOutcome outcome = attempt.outcome();
        boolean isFinal = outcome.state().isFinal();
        batch.bind("state", outcome.state().text())
                .bind("attempts", outcome.counted() ? attempt.number() : attempt.number() - 1)
                .bind("error", Sql.shortened(attempt.error()))
                .bind("next", isFinal ? now : now.plus(outcome.delay()))
                .bindByType("finished", isFinal ? now : null, Instant.class)
                .bind("bytes", attempt.isDelivered() ? attempt.file().size() : null)
                .bind("records", attempt.isDelivered() ? attempt.file().records() : null)
                .bindByType("outage", attempt.outage().isPresent() ? now : null, Instant.class)
                // A parked one may be replayed from the spool.
                .bind("isDone", isFinal && outcome.state() != DeliveryState.PARKED)
                .bindByType("location", attempt.location().orElse(null), String.class)
                .bind("id", attempt.deliveryId())
                .bind("claim", attempt.claim())
                .add();
    }
}
