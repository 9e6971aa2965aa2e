package org.exportrelay.poll;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.exportrelay.config.Counts;
import org.exportrelay.config.Durations;

/** Describes how far the scan of a long list is, every ten seconds at most. For one thread at a time. */
final class ScanProgress {

    private static final long PERIOD_NANOS = Duration.ofSeconds(10).toNanos();

    private final LongSupplier nanoTime;
    private long begun;
    private long described;

    ScanProgress(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /** A scan begins. */
    void begin() {
        begun = nanoTime.getAsLong();
        described = begun;
    }

    /**
     * A page is recorded, and the scan continues.
     *
     * @param pages read so far
     * @param seen exports of these pages
     * @param recorded how many of them are new
     * @param total exports in the list as the API says; null if it does not, or if the scan need not read all of it
     * @return one line; empty if the last one was less than ten seconds ago
     */
    Optional<String> afterPage(int pages, int seen, int recorded, Long total) {
        long now = nanoTime.getAsLong();
        if (now - described < PERIOD_NANOS) {
            return Optional.empty();
        }
        described = now;
        String exports = total == null || total < seen
                ? String.format(Locale.ROOT, "%,d exports seen", seen)
                : String.format(Locale.ROOT, "%,d of %,d exports seen", seen, total);
        return Optional.of("poll: reading the list: " + Counts.text(pages, "page", "pages") + ", " + exports
                + String.format(Locale.ROOT, ", %,d new", recorded)
                + remaining(now - begun, seen, total)
                        .map(left -> "; about " + Durations.rounded(left) + " left")
                        .orElse(""));
    }

    private static Optional<Duration> remaining(long elapsedNanos, int seen, Long total) {
        if (total == null || seen == 0 || total <= seen) {
            return Optional.empty();
        }
        return Optional.of(Duration.ofNanos((long) ((double) elapsedNanos / seen * (total - seen))));
    }
}
