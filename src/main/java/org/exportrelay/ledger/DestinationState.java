package org.exportrelay.ledger;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What the ledger knows of a destination beside its deliveries.
 *
 * @param name its key
 * @param pattern which exports it wants
 * @param needsFile whether its deliveries wait for the downloaded file
 * @param backfill whether it also wants exports completed before it existed
 * @param seenAt when an instance last ran its route; null if none has since the ledger has this column
 * @param outage empty while it is up
 * @param pause empty while it is not paused
 * @param retiredAt when an operator ended what it was owed; null if none did
 * @param manifestOf the destination whose files its manifests list; null if it receives files, links or records
 */
public record DestinationState(
        String name,
        String pattern,
        boolean needsFile,
        boolean backfill,
        Instant seenAt,
        Optional<Outage> outage,
        Optional<Pause> pause,
        Instant retiredAt,
        String manifestOf) {

    /** Whether its deliveries are made: it is neither down nor paused. */
    public boolean isWorking() {
        return outage.isEmpty() && pause.isEmpty();
    }

    /**
     * Whether no instance ran its route when the last one was seen.
     *
     * @param latest when any instance was last seen
     * @param tolerance how much earlier another instance may have reported this route
     */
    boolean lacksRoute(Instant latest, Duration tolerance) {
        return seenAt == null || seenAt.isBefore(latest.minus(tolerance));
    }

    /**
     * Why a destination is down.
     *
     * @param since when the first delivery met the outage
     * @param reason in the words of the last attempt
     * @param probes attempts that failed since then
     * @param nextProbe when one delivery is tried next
     */
    public record Outage(Instant since, String reason, int probes, Instant nextProbe) {}

    /**
     * Why a destination is paused.
     *
     * @param since when
     * @param by who
     * @param note may be null
     */
    public record Pause(Instant since, String by, String note) {}
}
