package org.exportrelay.download;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
    private List<KeptFile> kept = List.of();
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
        kept = spooled.kept();
        spool.keepOnly(kept.stream().map(KeptFile::fileId).collect(Collectors.toSet()));
        readAt = System.nanoTime();
        wasRead = true;
    }

    /**
     * Tries to free room for an export.
     *
     * @param bytes at least
     * @return whether some was freed
     */
    synchronized boolean makeRoom(DueExport export, long bytes) {
        if (!wasRead || System.nanoTime() - readAt > FRESH.toNanos()) {
            refresh();
        }
        Instant now = clock.instant();
        if (!export.isForWorking() && !isUrgent(export, now)) {
            return false;
        }
        long freed = drop(replaceable(now), bytes);
        long beyond = spool.keptBeyondLimit();
        if (freed >= bytes || beyond == 0 || !export.isForWorking()) {
            return freed > 0;
        }
        long lost = drop(irreplaceable(now), Math.min(bytes - freed, beyond));
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

    private List<KeptFile> replaceable(Instant now) {
        return kept.stream()
                .filter(file -> isReplaceable(file, now))
                .sorted(Comparator.comparing(
                        KeptFile::expiresAt, Comparator.nullsFirst(Comparator.<Instant>reverseOrder())))
                .toList();
    }

    /** The newest first: what was kept first stays. */
    private List<KeptFile> irreplaceable(Instant now) {
        return kept.stream()
                .filter(file -> !isReplaceable(file, now))
                .sorted(Comparator.comparing(KeptFile::fileId).reversed())
                .toList();
    }

    private static boolean isReplaceable(KeptFile file, Instant now) {
        return file.expiresAt() == null || file.expiresAt().isAfter(now.plus(URGENT));
    }

    /** Bytes that were freed. */
    private long drop(List<KeptFile> candidates, long bytes) {
        Map<Long, Long> chosen = new LinkedHashMap<>();
        long sum = 0;
        for (KeptFile file : candidates) {
            if (sum >= bytes) {
                break;
            }
            long size = spool.bytes(file.fileId());
            chosen.put(file.fileId(), size);
            sum += size;
        }
        if (chosen.isEmpty()) {
            return 0;
        }
        Set<Long> dropped = Set.copyOf(spool.drop(List.copyOf(chosen.keySet())));
        kept = kept.stream().filter(file -> !chosen.containsKey(file.fileId())).toList();
        return dropped.stream().mapToLong(chosen::get).sum();
    }
}
