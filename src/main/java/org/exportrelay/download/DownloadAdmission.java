package org.exportrelay.download;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.exportrelay.api.ApiClock;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.DueExport;
import org.exportrelay.delivery.ExpiryMargin;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.download.Shortage.Limit;
import org.exportrelay.log.LogEvent;
import org.jboss.logging.Logger;

/**
 * Decides which due exports are downloaded now. An export for which there is no room does not hold up others that fit.
 * Used by one thread at a time.
 */
@Singleton
class DownloadAdmission {

    private static final Logger LOG = Logger.getLogger(Downloads.class);
    /** Due exports are scanned from the start more often. */
    private static final Duration ROOM_AGAIN = Duration.ofSeconds(3);

    private final Spool spool;
    private final SpoolEviction eviction;
    private final SizeLimits limits;
    private final ApiClock clock;
    private final HeldRoom held;
    private final OngoingCondition noRoom = new OngoingCondition();
    private long lastShortage = System.nanoTime();

    @Inject
    DownloadAdmission(Spool spool, SpoolEviction eviction, SizeLimits limits, ApiClock clock) {
        this.spool = spool;
        this.eviction = eviction;
        this.limits = limits;
        this.clock = clock;
        this.held = new HeldRoom(spool, System::nanoTime);
    }

    /**
     * What became of due exports.
     *
     * @param admitted those that are claimed next; room is reserved for them
     * @param refused those of them that cannot be downloaded, by export
     */
    record Admission(List<DueExport> admitted, Map<String, DeliveryException> refused) {}

    /** Reserves room. */
    Admission admit(List<DueExport> due) {
        List<DueExport> admitted = new ArrayList<>();
        Map<String, DeliveryException> refused = new HashMap<>();
        boolean isKeptShareUsed = false;
        for (DueExport export : due) {
            Optional<DeliveryException> refusal = refusal(export);
            if (refusal.isPresent()) {
                spool.downloads().claim(export.files());
                refused.put(export.exportId(), refusal.get());
                admitted.add(export);
                continue;
            }
            Optional<Shortage> shortage = reserve(export, isKeptShareUsed);
            if (shortage.isEmpty()) {
                held.admitted(export);
                admitted.add(export);
                continue;
            }
            isKeptShareUsed |= shortage.get().limit() == Limit.KEPT_SHARE;
            hold(export, shortage.get());
            logNoRoom(export, shortage.get());
        }
        return new Admission(admitted, refused);
    }

    /**
     * @param isKeptShareUsed whether an export before it has found no room among the kept files: then none is made again
     */
    private Optional<Shortage> reserve(DueExport export, boolean isKeptShareUsed) {
        long needed = needed(export);
        if (!held.admits(export, needed)) {
            return Optional.of(new Shortage(
                    Limit.HELD, needed, "room is held for an export that is about to expire and needs more"));
        }
        Optional<Shortage> shortage = spool.room().reserve(export);
        if (shortage.isEmpty() || isKeptShareUsed && !export.isForWorking()) {
            return shortage;
        }
        return eviction.makeRoom(export, shortage.get()) ? spool.room().reserve(export) : shortage;
    }

    /** Only if room comes when destinations have taken their files: otherwise others would wait in vain. */
    private void hold(DueExport export, Shortage shortage) {
        if (export.isForWorking()
                && shortage.isOfRoom()
                && ExpiryMargin.IN_DANGER.contains(export.expiresAt(), clock.instant())
                && shortage.bytes() <= spool.room().comingFree(export)) {
            held.hold(export, needed(export));
        }
    }

    private long needed(DueExport export) {
        return SizeLimits.sum(limits.of(export.files()));
    }

    /** Why an export cannot be downloaded, however long it waits. */
    private Optional<DeliveryException> refusal(DueExport export) {
        try {
            limits.check(export.files());
        } catch (DeliveryException tooLarge) {
            return Optional.of(tooLarge);
        }
        long bytes = needed(export);
        boolean isListed = export.files().stream().allMatch(file -> file.size() != null);
        if (!isListed || spool.room().canEverHold(bytes)) {
            return Optional.empty();
        }
        return Optional.of(new DeliveryException(
                FailureAction.POSTPONE,
                ("the files of export %s need %,d bytes, and the disk of relay.data-dir has room for %,d even if the spool is"
                                + " empty; free disk space")
                        .formatted(
                                export.exportId(),
                                bytes,
                                Math.max(0, spool.room().capacity()))));
    }

    private void logNoRoom(DueExport export, Shortage shortage) {
        lastShortage = System.nanoTime();
        if (noRoom.begins()) {
            LogEvent.SPOOL_FULL
                    .on(LOG)
                    .warnf(
                            "downloads wait for room in the spool: %s needs %,d bytes, and %s; they resume automatically when"
                                    + " files are delivered or disk space is freed",
                            export.files().get(0).uniqueName(), needed(export), shortage.reason());
        }
    }

    /** Whether exports wait for room, which comes when files are delivered. */
    boolean isShort() {
        return noRoom.isOngoing();
    }

    /** Nothing is due that does not fit, or has not been for a while. */
    void nothingDue() {
        if (System.nanoTime() - lastShortage > ROOM_AGAIN.toNanos() && noRoom.ends()) {
            LogEvent.SPOOL_HAS_ROOM.on(LOG).info("downloads no longer wait for room in the spool");
        }
    }
}
