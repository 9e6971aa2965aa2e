package org.exportrelay.download;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.exportrelay.api.ApiClock;
import org.exportrelay.delivery.DueExport;
import org.exportrelay.delivery.ExpiryMargin;
import org.exportrelay.download.Shortage.Limit;
import org.exportrelay.ledger.DestinationStates;
import org.exportrelay.ledger.SpooledFiles;
import org.exportrelay.ledger.SpooledFiles.KeptFile;
import org.exportrelay.log.LogEvent;
import org.jboss.logging.Logger;

/**
 * Makes room in the spool, by dropping files that are only kept for destinations which are down or held, for later
 * attempts, or for parked deliveries, and that can still be downloaded again, the latest expiry first. What cannot be
 * downloaded again is never dropped. Thread-safe.
 */
@Singleton
public class SpoolEviction {

    private static final Logger LOG = Logger.getLogger(SpoolEviction.class);
    /** The ledger is asked for the kept files at most this often, however many downloads wait for room. */
    private static final Duration FRESH = Duration.ofSeconds(5);
    /** And so much more rarely than the answer takes. */
    private static final int LEAST_PAUSE = 50;

    private final Spool spool;
    private final SpooledFiles spooled;
    private final DestinationStates states;
    private final ApiClock clock;
    /** The latest expiry first. */
    private List<KeptFile> kept = List.of();

    private long nextRead;
    private boolean wasRead;

    @Inject
    SpoolEviction(Spool spool, SpooledFiles spooled, DestinationStates states, ApiClock clock) {
        this.spool = spool;
        this.spooled = spooled;
        this.states = states;
        this.clock = clock;
    }

    /** Reads which files are only kept. */
    public synchronized void refresh() {
        long begin = System.nanoTime();
        List<KeptFile> read = spooled.kept();
        spool.keepOnly(read.stream().map(KeptFile::fileId).collect(Collectors.toSet()));
        kept = read.stream()
                .sorted(Comparator.comparing(
                        KeptFile::expiresAt, Comparator.nullsFirst(Comparator.<Instant>reverseOrder())))
                .toList();
        long end = System.nanoTime();
        nextRead = end + Math.max(FRESH.toNanos(), LEAST_PAUSE * (end - begin));
        wasRead = true;
    }

    /**
     * Tries to free room for an export: all that it lacks, or nothing. For a destination that works, also by files that
     * expire within the day, as far as the kept files take more than their share.
     *
     * @return whether there is more room now
     */
    synchronized boolean makeRoom(DueExport export, Shortage shortage) {
        Instant now = clock.instant();
        boolean isWanted = export.isForWorking() || ExpiryMargin.SOON.contains(export.expiresAt(), now);
        if (!isWanted || !shortage.isOfRoom() && shortage.limit() != Limit.KEPT_SHARE) {
            return false;
        }
        if (!wasRead || System.nanoTime() - nextRead >= 0) {
            refresh();
        }
        List<Long> chosen = choose(ExpiryMargin.SOON.end(now), shortage.bytes());
        if (!chosen.isEmpty()) {
            return drop(chosen, ExpiryMargin.SOON.end(now)) > 0;
        }
        if (!export.isForWorking() || shortage.bytes() > spool.room().keptBeyondLimit()) {
            return false;
        }
        long dropped = drop(choose(ExpiryMargin.IN_DANGER.end(now), shortage.bytes()), ExpiryMargin.IN_DANGER.end(now));
        if (dropped > 0) {
            LogEvent.SPOOL_DROPPED
                    .on(LOG)
                    .errorf(
                            "spool: dropped files of %,d bytes that expire within a day, because files kept for destinations"
                                    + " that are down, paused or outside their window, for later attempts, or for parked deliveries, use more than"
                                    + " three quarters of the spool; increase relay.spool.max-size or free disk space, and run the exports that expire"
                                    + " again",
                            dropped);
        }
        return dropped > 0;
    }

    /** Kept files that expire after an instant and have so many bytes; none if all together have fewer. */
    private List<Long> choose(Instant after, long bytes) {
        List<Long> chosen = new ArrayList<>();
        long sum = 0;
        for (KeptFile file : kept) {
            if (sum >= bytes || file.expiresAt() != null && !file.expiresAt().isAfter(after)) {
                break;
            }
            long size = spool.bytes(file.fileId());
            if (size > 0) {
                chosen.add(file.fileId());
                sum += size;
            }
        }
        return sum >= bytes ? chosen : List.of();
    }

    /**
     * The ledger checks once more that the files are only kept and expire after an instant.
     *
     * @return bytes that were freed
     */
    private long drop(List<Long> fileIds, Instant after) {
        if (fileIds.isEmpty()) {
            return 0;
        }
        Map<Long, Long> sizes = fileIds.stream().collect(Collectors.toMap(fileId -> fileId, spool::bytes));
        states.changed();
        List<Long> dropped = spooled.drop(fileIds, after);
        spool.dropped(dropped);
        return dropped.stream().mapToLong(sizes::get).sum();
    }
}
