package org.exportrelay.download;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.LongSupplier;
import org.exportrelay.delivery.DueExport;

/**
 * Room that is held for an export which is about to expire and does not fit yet: what is admitted meanwhile must fit
 * beside it, so that it fits once destinations have taken what was in the spool before. Used by one thread at a time.
 */
final class HeldRoom {

    /** An export that is due is met more often; one that is not met any more has expired, or another instance has it. */
    private static final Duration LONGEST = Duration.ofSeconds(10);

    private final Spool spool;
    private final LongSupplier nanoTime;
    /** Files that were admitted meanwhile. */
    private final Set<Long> beside = new HashSet<>();
    /** Empty if no room is held. */
    private String exportId = "";

    private long bytes;
    private long metAt;

    HeldRoom(Spool spool, LongSupplier nanoTime) {
        this.spool = spool;
        this.nanoTime = nanoTime;
    }

    /**
     * Holds room for an export that was just met; the first one has it until it is admitted.
     *
     * @param needed bytes
     */
    void hold(DueExport export, long needed) {
        if (isHeld() && !exportId.equals(export.exportId())) {
            return;
        }
        if (!exportId.equals(export.exportId())) {
            beside.clear();
        }
        exportId = export.exportId();
        bytes = needed;
        metAt = nanoTime.getAsLong();
    }

    /**
     * Whether an export may take room now.
     *
     * @param needed bytes
     */
    boolean admits(DueExport export, long needed) {
        if (!isHeld() || exportId.equals(export.exportId())) {
            return true;
        }
        beside.removeIf(fileId -> spool.bytes(fileId) == 0);
        long taken = beside.stream().mapToLong(spool::bytes).sum();
        return needed <= spool.room().capacity() - bytes - taken;
    }

    /** An export has been admitted. */
    void admitted(DueExport export) {
        if (exportId.equals(export.exportId())) {
            exportId = "";
        }
        if (isHeld()) {
            beside.addAll(export.fileIds());
        }
    }

    private boolean isHeld() {
        return !exportId.isEmpty() && nanoTime.getAsLong() - metAt < LONGEST.toNanos();
    }
}
