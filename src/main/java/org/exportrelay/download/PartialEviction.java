package org.exportrelay.download;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.exportrelay.delivery.DueExport;

/**
 * Makes room by dropping partial downloads that expire later or are only kept: they can be downloaded again, and must not
 * keep out what a destination that works waits for. Guarded by the monitor of the entries.
 */
record PartialEviction(SpoolEntries entries, SpoolDirectory directory) {

    /**
     * Drops as few as necessary, or none if all together are not enough.
     *
     * @return whether there is room now
     */
    boolean makeRoom(DueExport export, Shortage shortage) {
        if (!export.isForWorking() || !shortage.isOfRoom()) {
            return false;
        }
        List<Long> dropped = new ArrayList<>();
        long bytes = 0;
        for (Long fileId : candidates(export)) {
            if (bytes >= shortage.bytes()) {
                break;
            }
            bytes += entries.bytes(fileId);
            dropped.add(fileId);
        }
        if (bytes < shortage.bytes()) {
            return false;
        }
        dropped.forEach(fileId -> {
            directory.delete(fileId);
            entries.forget(fileId);
        });
        return true;
    }

    /** Those that are only kept first, then the latest expiry first. */
    private List<Long> candidates(DueExport export) {
        List<Long> own = export.fileIds();
        return entries.partials().stream()
                .filter(fileId -> !entries.isClaimed(fileId) && !own.contains(fileId))
                .filter(fileId -> entries.isKept(fileId) || expiry(fileId).isAfter(expiry(export.expiresAt())))
                .sorted(Comparator.comparing((Long fileId) -> !entries.isKept(fileId))
                        .thenComparing(this::expiry, Comparator.reverseOrder()))
                .toList();
    }

    private Instant expiry(long fileId) {
        return expiry(entries.partial(fileId)
                .map(partial -> partial.file().expiresAt())
                .orElse(null));
    }

    private static Instant expiry(Instant expiresAt) {
        return expiresAt == null ? Instant.MAX : expiresAt;
    }
}
