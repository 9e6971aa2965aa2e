package org.exportrelay.ledger;

import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.exportrelay.delivery.DeliveryOutcome;
import org.exportrelay.delivery.Destination;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailedDownload;
import org.exportrelay.delivery.FailureAction;
import org.jdbi.v3.core.Handle;

/** The due deliveries that wait for a download: one that fails is an attempt of each of them. */
final class WaitingDeliveries {

    private final DestinationRegistry destinations;
    private final Clock clock;

    /**
     * @param destinations those that run here; what waits elsewhere is not this process's to fail
     * @param clock for due times
     */
    WaitingDeliveries(DestinationRegistry destinations, Clock clock) {
        this.destinations = destinations;
        this.clock = clock;
    }

    /** Settles an attempt of each delivery that waits for a file; gives what became of them. */
    List<FailedDownload> failed(Handle handle, ExportFile file, FailureAction remedy, String error) {
        Instant now = clock.instant();
        List<FailedDownload> failed = new ArrayList<>();
        for (Destination destination : destinations.running()) {
            if (!destination.needsFile()) {
                continue;
            }
            for (Waiting waiting : waiting(handle, file, destination, now)) {
                DeliveryOutcome settlement = DeliveryOutcome.of(remedy, waiting.attempt(), destination.retries());
                settle(handle, waiting, settlement, error, now);
                failed.add(new FailedDownload(destination, file, waiting.attempt(), settlement));
            }
        }
        return failed;
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
                .map((row, context) -> new Waiting(row.getString(1), row.getInt(2) + 1))
                .list();
    }

    private static void settle(Handle handle, Waiting waiting, DeliveryOutcome settlement, String error, Instant now) {
        boolean isFinal = settlement.state().isFinal();
        handle.createUpdate(
                        """
                        UPDATE delivery SET state = :state, attempts = :attempts, last_error = :error,
                          next_attempt_at = :next, finished_at = :finished
                        WHERE delivery_id = :id AND state <> 'in_progress'""")
                .bind("state", settlement.state().text())
                .bind("attempts", waiting.attempt() - settlement.uncounted())
                .bind("error", Sql.shortened(error))
                .bind("next", isFinal ? now : now.plus(settlement.delay()))
                .bindByType("finished", isFinal ? now : null, Instant.class)
                .bind("id", waiting.deliveryId())
                .execute();
    }

    private record Waiting(String deliveryId, int attempt) {}
}
