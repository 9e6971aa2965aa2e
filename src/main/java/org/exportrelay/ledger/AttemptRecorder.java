package org.exportrelay.ledger;

import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.exportrelay.delivery.DeliveryOutcome;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.delivery.ExportFile;
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
     * @param claim only the latest one may end the attempt; {@link #UNCLAIMED} if the delivery has none
     * @param file what is delivered
     * @param number of the attempt, 1 or more
     * @param outcome not lost
     * @param error why it failed; null if it did not
     */
    record EndedAttempt(
            String deliveryId, String claim, ExportFile file, int number, DeliveryOutcome outcome, String error) {}

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
                  claim = NULL, lease_owner = NULL, lease_until = NULL, bytes = :bytes, records = :records
                WHERE delivery_id = :id AND coalesce(claim, '') = :claim AND %s"""
                        .formatted(Sql.OPEN));
        attempts.forEach(attempt -> bind(batch, attempt, now));
        return IntStream.of(batch.execute()).mapToObj(rows -> rows == 1).toList();
    }

    private static void bind(PreparedBatch batch, EndedAttempt attempt, Instant now) {
        DeliveryOutcome outcome = attempt.outcome();
        boolean isFinal = outcome.state().isFinal();
        boolean isDelivered = outcome.state() == DeliveryState.DELIVERED;
        batch.bind("state", outcome.state().text())
                .bind("attempts", outcome.counted() ? attempt.number() : attempt.number() - 1)
                .bind("error", Sql.shortened(attempt.error()))
                .bind("next", isFinal ? now : now.plus(outcome.delay()))
                .bindByType("finished", isFinal ? now : null, Instant.class)
                .bind("bytes", isDelivered ? attempt.file().size() : null)
                .bind("records", isDelivered ? attempt.file().records() : null)
                .bind("id", attempt.deliveryId())
                .bind("claim", attempt.claim())
                .add();
    }
}
