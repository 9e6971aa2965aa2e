package org.exportrelay.download;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.stream.Collectors;
import org.exportrelay.api.ApiClock;
import org.exportrelay.delivery.DueExport;
import org.exportrelay.ledger.SpooledFiles;
import org.exportrelay.ledger.SpooledFiles.KeptFile;
import org.jboss.logging.Logger;

/**
 * Makes room in the spool, by dropping files that are only kept for destinations which are down or paused, or for parked
 * deliveries. First those that can still be downloaded again, the latest expiry first. Others only for a destination that
 * works, and only as far as the kept files take more than their share. Thread-safe.
 */
@Singleton
public class SpoolEviction {

    private static final Logger LOG = Logger.getLogger(SpoolEviction.class);
    /** A file that expires sooner is not dropped, since it might not be downloaded again in time. */
    static final Duration URGENT = Duration.ofDays(1);
    /** The ledger is asked for the kept files at most this often, however many downloads wait for room. */
    private static final Duration FRESH = Duration.ofSeconds(5);

    private final Spool spool;
    private final SpooledFiles spooled;
    private final ApiClock clock;
    /** Files that can be downloaded again, the latest expiry first. */
    private final Queue<KeptFile> replaceable = new ArrayDeque<>();
    /** The others, the newest first: what was kept first stays. */
    private final Queue<KeptFile> irreplaceable = new ArrayDeque<>();

    private long readAt;
    private boolean wasRead;

    @Inject
    SpoolEviction(Spool spool, SpooledFiles spooled, ApiClock clock) {
        this.spool = spool;
        this.spooled = spooled;
        this.clock = clock;
    }

    /** Reads which files are only kept. */
    public synchronized void refresh() {
        List<KeptFile> kept = spooled.kept();
        spool.keepOnly(kept.stream().map(KeptFile::fileId).collect(Collectors.toSet()));
        sort(kept, clock.instant());
        readAt = System.nanoTime();
        wasRead = true;
    }

    private void sort(List<KeptFile> kept, Instant now) {
        replaceable.clear();
        irreplaceable.clear();
        kept.stream()
                .filter(file -> isReplaceable(file, now))
                .sorted(Comparator.comparing(
                        KeptFile::expiresAt, Comparator.nullsFirst(Comparator.<Instant>reverseOrder())))
                .forEach(replaceable::add);
        kept.stream()
                .filter(file -> !isReplaceable(file, now))
                .sorted(Comparator.comparing(KeptFile::fileId).reversed())
                .forEach(irreplaceable::add);
    }

    /**
     * Tries to free room for an export.
     *
     * @param bytes at least
     * @return whether some was freed
     */
    synchronized boolean makeRoom(DueExport export, long bytes) {
        Instant now = clock.instant();
        if (!export.isForWorking() && !isUrgent(export, now)) {
            return false;
        }
        if (!wasRead || System.nanoTime() - readAt > FRESH.toNanos()) {
            refresh();
        }
        long freed = drop(replaceable, bytes);
        if (freed >= bytes || !export.isForWorking()) {
            return freed > 0;
        }
        long lost = drop(irreplaceable, Math.min(bytes - freed, spool.keptBeyondLimit()));
        if (lost > 0) {
            LOG.errorf(
                    "spool: dropped files of %,d bytes that may not be downloaded again, because files kept for"
                            + " destinations that are down or paused, or for parked deliveries, use more than three"
                            + " quarters of the spool; increase relay.spool.max-size or free disk space, and run the exports that expire"
                            + " again",
                    lost);
        }
        return freed + lost > 0;
    }

    static boolean isUrgent(DueExport export, Instant now) {
        Instant expiresAt = export.files().get(0).expiresAt();
        return expiresAt != null && expiresAt.isBefore(now.plus(URGENT));
    }

    private static boolean isReplaceable(KeptFile file, Instant now) {
        return file.expiresAt() == null || file.expiresAt().isAfter(now.plus(URGENT));
    }

    /** Bytes that were freed. */
    private long drop(Queue<KeptFile> candidates, long bytes) {
        Map<Long, Long> chosen = new LinkedHashMap<>();
        long sum = 0;
        while (sum < bytes && !candidates.isEmpty()) {
            KeptFile file = candidates.remove();
            long size = spool.bytes(file.fileId());
            chosen.put(file.fileId(), size);
            sum += size;
        }
        return chosen.isEmpty()
                ? 0
                : spool.drop(List.copyOf(chosen.keySet())).stream()
                        .mapToLong(chosen::get)
                        .sum();
    }
}
