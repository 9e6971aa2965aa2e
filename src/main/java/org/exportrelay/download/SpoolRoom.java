package org.exportrelay.download;

import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.exportrelay.delivery.DueExport;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.download.Shortage.Limit;

/**
 * The room in the spool: within {@code relay.spool.max-size}, within what the disk has free, and for files that are only
 * kept within their share. Thread-safe.
 */
final class SpoolRoom {

    /** Of the room there is, at most this part is for files that are only kept: others must not starve. */
    private static final int KEPT_QUARTERS = 3;

    private static final int QUARTERS = 4;
    /** Left free for the ledger, which is likely to be on the same disk and small. */
    private static final long SPARE_BYTES = 16 << 20;

    private final SpoolEntries entries;
    private final PartialEviction partials;
    private final SpoolDirectory directory;
    private final LongSupplier usableSpace;
    private final SizeLimits limits;
    private final long maxSize;

    /**
     * @param usableSpace bytes that may still be written to the disk; 0 if there are none or they cannot be read
     * @param maxSize {@code relay.spool.max-size}
     */
    SpoolRoom(
            SpoolEntries entries, SpoolDirectory directory, LongSupplier usableSpace, SizeLimits limits, long maxSize) {
        this.entries = entries;
        this.partials = new PartialEviction(entries, directory);
        this.directory = directory;
        this.usableSpace = usableSpace;
        this.limits = limits;
        this.maxSize = maxSize;
    }

    /**
     * Claims the files of an export and reserves the room for their download, for all of them or for none.
     *
     * @return how much room is missing; empty if it is reserved
     */
    Optional<Shortage> reserve(DueExport export) {
        synchronized (entries) {
            Map<Long, Long> wanted = limits.of(export.files());
            Optional<Shortage> shortage = shortage(export, wanted);
            if (shortage.isPresent() && partials.makeRoom(export, shortage.get())) {
                shortage = shortage(export, wanted);
            }
            if (shortage.isEmpty()) {
                wanted.forEach((fileId, bytes) -> {
                    entries.claim(fileId);
                    entries.setKept(fileId, !export.isForWorking());
                    entries.resize(fileId, bytes);
                });
            }
            return shortage;
        }
    }

    /** What the files take already counts towards what they want. */
    private Optional<Shortage> shortage(DueExport export, Map<Long, Long> wanted) {
        return diskShortage(export)
                .or(() -> sizeShortage(wanted))
                .or(() -> export.isForWorking() ? Optional.empty() : keptShortage(wanted));
    }

    private Optional<Shortage> diskShortage(DueExport export) {
        long onDisk = export.files().stream()
                .filter(file ->
                        file.size() != null && entries.partial(file.fileId()).isEmpty())
                .mapToLong(ExportFile::size)
                .reduce(0, SizeLimits::sum);
        long usable = usableSpace.getAsLong();
        if (usable == 0) {
            return Optional.of(new Shortage(
                    Limit.UNKNOWN,
                    onDisk,
                    "the disk of " + directory.path() + " has no usable space, or it cannot be read"));
        }
        long free = usable - SPARE_BYTES;
        // Each file that is being downloaded is asked for its size only if room is short.
        long beside = onDisk <= free - entries.reserved() ? free - entries.reserved() : free - entries.unwritten();
        return onDisk == 0 || onDisk <= beside
                ? Optional.empty()
                : Optional.of(new Shortage(
                        Limit.DISK,
                        onDisk - beside,
                        "%,d bytes of the disk of %s are neither used nor reserved%s"
                                .formatted(Math.max(0, beside), directory.path(), ofWhichKept())));
    }

    private Optional<Shortage> sizeShortage(Map<Long, Long> wanted) {
        long more = SizeLimits.sum(wanted) - entries.bytes(wanted.keySet());
        long room = maxSize - entries.used();
        return more <= room
                ? Optional.empty()
                : Optional.of(new Shortage(
                        Limit.MAX_SIZE,
                        more - room,
                        "%,d of relay.spool.max-size=%,d bytes are taken%s"
                                .formatted(entries.used(), maxSize, ofWhichKept())));
    }

    /** Names the cause where a destination that works has to wait for one that does not. */
    private String ofWhichKept() {
        return entries.kept() == 0
                ? ""
                : "; %,d bytes are kept for destinations that are down, paused or outside their window, later attempts and parked deliveries"
                        .formatted(entries.kept());
    }

    private Optional<Shortage> keptShortage(Map<Long, Long> wanted) {
        long already = wanted.keySet().stream()
                .filter(entries::isKept)
                .mapToLong(entries::bytes)
                .sum();
        long limit = keptLimit();
        long room = limit - (entries.kept() - already);
        return SizeLimits.sum(wanted) <= room
                ? Optional.empty()
                : Optional.of(new Shortage(
                        Limit.KEPT_SHARE,
                        SizeLimits.sum(wanted) - room,
                        "%,d bytes are kept for destinations that are down, paused or outside their window, later attempts and parked deliveries, of at most %,d"
                                .formatted(entries.kept(), limit)));
    }

    /** Whether there would be room for so many bytes if nothing else were in the spool, as far as the disk tells. */
    boolean canEverHold(long wanted) {
        return wanted <= maxSize && (wanted <= usableSpace.getAsLong() - SPARE_BYTES || wanted <= capacity());
    }

    /** All that the spool could ever hold on this disk, if nothing were in it. */
    long capacity() {
        synchronized (entries) {
            long usable = usableSpace.getAsLong();
            return usable == 0
                    ? maxSize
                    : Math.min(maxSize, usable - SPARE_BYTES - entries.unwritten() + entries.used());
        }
    }

    /** Bytes that come free when destinations that work have taken their files, beside those of an export itself. */
    long comingFree(DueExport export) {
        synchronized (entries) {
            return entries.used() - entries.kept() - entries.bytes(export.fileIds());
        }
    }

    private long keptLimit() {
        return capacity() / QUARTERS * KEPT_QUARTERS;
    }

    /** Bytes that files take which are only kept, beyond what those may take. */
    long keptBeyondLimit() {
        synchronized (entries) {
            return Math.max(0, entries.kept() - keptLimit());
        }
    }
}
