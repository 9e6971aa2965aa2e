package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryFailure;
import org.exportrelay.delivery.DeliveryOutcome;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailedAttempt;
import org.jdbi.v3.core.Handle;

/** The due deliveries that wait for a download: one that fails is a failed attempt of each of them. */
final class WaitingDeliveries {

    private final DestinationRegistry destinations;
    private final Clock clock;

    /**
     * @param destinations those that run here; other instances fail what waits for theirs
     * @param clock for due times
     */
    WaitingDeliveries(DestinationRegistry destinations, Clock clock) {
        this.destinations = destinations;
        this.clock = clock;
    }

    /** Records a failed attempt of every delivery that waits for one of some files. */
    List<FailedAttempt> failed(Handle handle, List<ExportFile> files, DeliveryFailure failure) {
        Instant now = clock.instant();
        List<EndedAttempt> attempts = new ArrayList<>();
        List<FailedAttempt> failed = new ArrayList<>();
        files.forEach(file -> addFailed(handle, file, failure, now, attempts, failed));
        AttemptRecorder.record(handle, attempts, now);
        return failed;
    }

    private void addFailed(
            Handle handle,
            ExportFile file,
            DeliveryFailure failure,
            Instant now,
            List<EndedAttempt> attempts,
            List<FailedAttempt> failed) {
        destinations.running().stream().filter(Destination::needsFile).forEach(destination -> {
            for (Waiting waiting : waiting(handle, file, destination, now)) {
                int number = waiting.attempts() + 1;
                DeliveryOutcome outcome = destination.retries().outcomeOf(failure.action(), number);
                Delivery delivery = new Delivery(
                        waiting.deliveryId(), destination.name(), number, 0, 0, AttemptRecorder.UNCLAIMED, file);
                attempts.add(EndedAttempt.unclaimed(delivery, outcome, failure.getMessage()));
                failed.add(new FailedAttempt(delivery, failure.getMessage(), outcome, destination.retries()));
            }
        });
    }

    private static List<Waiting> waiting(Handle handle, ExportFile file, Destination destination, Instant now) {
        return handle.createQuery(
                        """
                        SELECT delivery_id, attempts FROM delivery WHERE file_id = :file AND destination = :destination
                          AND %s AND state <> 'in_progress' AND next_attempt_at <= :now"""
                                .formatted(Sql.OPEN))
                .bind("file", file.fileId())
                .bind("destination", destination.name())
                .bind("now", now)
                .map((row, context) -> new Waiting(row.getString(1), row.getInt(2)))
                .list();
    }

    private record Waiting(String deliveryId, int attempts) {}
}
