package org.exportrelay.download;

import java.time.Duration;
import java.util.function.LongSupplier;
import org.exportrelay.log.LogEvent;
import org.jboss.logging.Logger;

/**
 * Whether the spool can be written. After a download that the disk has failed, one at a time is tried at growing
 * intervals: several together might each find the disk full, and download in vain. Thread-safe.
 */
final class DiskOutage {

    private static final Logger LOG = Logger.getLogger(Downloads.class);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(15);

    /** So long after the last such failure, downloads run one by one. */
    private static final Duration CAREFUL = Duration.ofSeconds(30);

    private final LongSupplier nanoTime;
    private final ProbeInterval probes;
    /** From the first failure until a download is written some time after the last one. */
    private boolean careful;

    private long lastFailure;

    DiskOutage(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.probes = new ProbeInterval(nanoTime, LONGEST_PAUSE);
    }

    /**
     * Downloads that may be started now.
     *
     * @param free as far as the pool allows, 0 or more
     * @param probing downloads that were started one by one and have not ended
     */
    synchronized int allowed(int free, int probing) {
        return careful ? probes.allowed(free, probing) : free;
    }

    /** Whether the last download failed for the disk. */
    synchronized boolean isPaused() {
        return probes.failures() > 0;
    }

    /** Whether downloads run one by one. */
    synchronized boolean isCareful() {
        return careful;
    }

    /**
     * The disk has failed a download.
     *
     * @param reason for the log
     */
    synchronized void failed(String reason) {
        if (probes.failures() == 0 || probes.isDue()) {
            probes.failed(Duration.ZERO);
        }
        lastFailure = nanoTime.getAsLong();
        if (!careful) {
            LogEvent.SPOOL_UNAVAILABLE
                    .on(LOG)
                    .errorf(
                            "the spool in relay.data-dir cannot be written (%s); downloads pause and resume automatically once"
                                    + " it can be written",
                            reason);
        }
        careful = true;
    }

    /** A download has been written: the next one may begin immediately. */
    synchronized void written() {
        probes.reset();
        if (careful && nanoTime.getAsLong() - lastFailure >= CAREFUL.toNanos()) {
            LogEvent.SPOOL_AVAILABLE.on(LOG).info("the spool can be written again; downloads resume");
            careful = false;
        }
    }
}
