package org.exportrelay.delivery;

import java.util.EnumMap;
import java.util.Map;
import org.exportrelay.log.LogField;

/**
 * A delivery that this instance has claimed.
 *
 * @param deliveryId stable over retries
 * @param destination whose it is
 * @param attempt that counts towards the most that its route allows; 1 for the first
 * @param claims how often it was claimed, also for attempts that did not count; 1 for the first
 * @param replays how often it was made due again after it was delivered, also while it was in flight; 0 at first
 * @param claim new at every claim: only the latest one can record its outcome
 * @param file what is delivered
 * @param isManifest whether that is the manifest of an export, and not a file of it
 */
public record Delivery(
        String deliveryId,
        String destination,
        int attempt,
        int claims,
        int replays,
        String claim,
        ExportFile file,
        boolean isManifest) {

    /** One of a file. */
    public Delivery(
            String deliveryId,
            String destination,
            int attempt,
            int claims,
            int replays,
            String claim,
            ExportFile file) {
        this(deliveryId, destination, attempt, claims, replays, claim, file, false);
    }

    /** What a line in the log about it has beside its text. */
    public Map<LogField, Object> logFields() {
        Map<LogField, Object> fields = new EnumMap<>(LogField.class);
        fields.put(LogField.EXPORT, file.exportId());
        fields.put(LogField.FILE, file.uniqueName());
        fields.put(LogField.DESTINATION, destination);
        fields.put(LogField.DELIVERY, deliveryId);
        fields.put(LogField.ATTEMPT, attempt);
        return fields;
    }

    /** The same delivery of the file in another form. */
    public Delivery of(ExportFile other) {
        return new Delivery(deliveryId, destination, attempt, claims, replays, claim, other, isManifest);
    }

    /** Whether no instance has begun it before, not even in an attempt that did not count. */
    public boolean isFirstClaim() {
        return claims == 1;
    }
}
