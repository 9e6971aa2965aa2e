package org.exportrelay.poll;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import java.util.OptionalInt;
import org.exportrelay.api.ExportPage;
import org.exportrelay.config.Durations;
import org.exportrelay.log.LogEvent;
import org.jboss.logging.Logger;

/**
 * Decides how each poll reads the list, so that nothing is missed at the least cost.
 *
 * <p>The argument: a {@link FullScan} reads every entry that is listed while it runs. After it, the
 * {@link ListSnapshot} holds the whole list, and every later {@link IncrementalScan} accounts for every entry:
 * the snapshot is as long as the API's total, or the place of the difference is searched and, if it
 * is not found within one poll, the next one continues. So an export is recorded by the second poll
 * after it is listed. What arrives behind a full scan makes its entries fewer than the total: the next incremental scan
 * finds the difference, or shows that the total is wrong, unless another full scan is cheap. Where the API gives no total, or one that is wrong, or shuffles its list, or
 * lists what was not requested or has no URLs yet, or ignores offsets, an incremental scan proves nothing, and full scans
 * are repeated as often as a share of the rate limit allows. What an incremental scan cannot see, an
 * arrival deep in the list at the very time another entry vanishes, the regular full scan finds.
 *
 * <p>A full scan of a long list takes minutes, under a rate limit hours. Once per poll period it is interrupted by a page
 * of the side on which new exports appear, so that these do not wait for its end. Such a page proves nothing: neither the
 * scan nor the snapshot takes notice of it.
 */
final class ListScanner {

    private static final Logger LOG = Logger.getLogger(ListScanner.class);

    /** Full scans besides the regular ones may spend a request per 30 s, 2,880 a day, saved up to 200. */
    private static final Duration PER_EXTRA_PAGE = Duration.ofSeconds(30);

    private static final double MOST_EXTRA_PAGES = 200;
    /** Pages of the newest exports that interrupt a full scan come no sooner, however short the poll period. */
    private static final Duration LEAST_BETWEEN_INTERRUPTIONS = Duration.ofSeconds(10);
    /** Incremental scans that may check a total while the list keeps moving. */
    private static final int MOST_CHECKS = 10;

    private final int pageSize;
    private final Duration fullScanPeriod;
    private final Duration betweenInterruptions;
    private final Clock clock;
    private final ListSnapshot snapshot = new ListSnapshot();

    private ListScan scan;
    private Growth growth = Growth.HEAD;
    private Long total;
    private boolean unfiltered;
    private boolean incomplete;
    private boolean totalsFit = true;
    private boolean accounted = true;
    /** Incremental scans left to find what the last full scan lacks, compared with the total. */
    private int checksLeft;
    /** By how much the total was wrong when it was checked last. */
    private long wrongBy;

    private Instant nextFullScan = Instant.MIN;
    private double extraPages = MOST_EXTRA_PAGES;
    private Instant extraPagesAt;
    private int pagesPerFullScan;
    private int pages;
    private Instant nextInterruption = Instant.MAX;
    private OptionalInt interruption = OptionalInt.empty();

    /**
     * @param pageSize entries requested per page, 1 to 100
     * @param fullScanPeriod time between two full scans of a list that gives no reason for more
     * @param pollPeriod time after which a full scan reads a page of the side on which new exports appear; at least 10 s
     * @param clock for when these are due
     */
    ListScanner(int pageSize, Duration fullScanPeriod, Duration pollPeriod, Clock clock) {
        this.pageSize = pageSize;
        this.fullScanPeriod = fullScanPeriod;
        this.betweenInterruptions = Durations.longer(pollPeriod, LEAST_BETWEEN_INTERRUPTIONS);
        this.clock = clock;
    }

    /** Begins a poll; whatever an earlier one left unfinished is dropped. */
    void begin() {
        Instant now = clock.instant();
        saveExtraPages(now);
        boolean isFullScanDue = !now.isBefore(nextFullScan);
        if (!isFullScanDue && !isProven() && extraPages >= pagesPerFullScan) {
            extraPages -= pagesPerFullScan;
            isFullScanDue = true;
        }
        boolean isTotalChecked = checksLeft > 0;
        scan = isFullScanDue
                ? new FullScan(pageSize)
                : new IncrementalScan(snapshot, growth, pageSize, totalsFit || isTotalChecked);
        unfiltered = unfiltered && !isFullScanDue;
        pages = 0;
        nextInterruption = now.plus(betweenInterruptions);
        interruption = OptionalInt.empty();
    }

    /** What was read could not be recorded: the next poll reads the whole list. */
    void distrust() {
        nextFullScan = Instant.MIN;
    }

    private boolean isProven() {
        return accounted && totalsFit && !unfiltered && !snapshot.isShuffled();
    }

    private void saveExtraPages(Instant now) {
        if (extraPagesAt != null && now.isAfter(extraPagesAt)) {
            double earned = (double) Duration.between(extraPagesAt, now).toMillis() / PER_EXTRA_PAGE.toMillis();
            // As many as the list has pages: otherwise a long list would never be read again.
            extraPages = Math.min(Math.max(MOST_EXTRA_PAGES, pagesPerFullScan), extraPages + earned);
        }
        extraPagesAt = now;
    }

    boolean isDone() {
        return scan.isDone();
    }

    int offset() {
        return interruption.orElseGet(scan::offset);
    }

    boolean isFullScan() {
        return scan instanceof FullScan;
    }

    /** The ids of the whole list, if this poll has just read it. */
    Optional<Collection<String>> scannedInFull() {
        return scan instanceof FullScan full && full.isDone() ? Optional.of(full.seen()) : Optional.empty();
    }

    /** Entries in the list, as far as it is known. */
    int listed() {
        return scan instanceof FullScan full ? full.seen().size() : snapshot.size();
    }

    /** Pages that this poll has read. */
    int pages() {
        return pages;
    }

    /** Exports that this poll reads in all, as far as the API says; null if it does not, or if they need not be read. */
    Long expected() {
        return scan instanceof FullScan ? total : null;
    }

    /** Whether the API promises exports that its list does not have; the log has the reason. */
    boolean isIncomplete() {
        return incomplete;
    }

    /** Processes the page at {@link #offset}. */
    void read(ExportPage page) {
        pages++;
        total = page.pagination().total();
        Instant now = clock.instant();
        unfiltered |= page.data().stream().anyMatch(export -> !export.isCompleted() || export.awaitsUrls(now));
        if (interruption.isPresent()) {
            interruption = OptionalInt.empty();
            return;
        }
        scan.read(page);
        if (!scan.isDone()) {
            interruption = interruption(now);
            return;
        }
        if (scan instanceof FullScan full) {
            finish(full);
        } else if (scan instanceof IncrementalScan incremental) {
            finish(incremental);
        }
    }

    private OptionalInt interruption(Instant now) {
        if (!(scan instanceof FullScan full) || now.isBefore(nextInterruption)) {
            return OptionalInt.empty();
        }
        nextInterruption = now.plus(betweenInterruptions);
        int newest = full.growth() == Growth.HEAD ? 0 : Math.max(0, total == null ? 0 : (int) (total - pageSize));
        boolean isNear = Math.abs(full.offset() - newest) <= pageSize;
        return isNear ? OptionalInt.empty() : OptionalInt.of(newest);
    }

    private void finish(IncrementalScan incremental) {
        if (checksLeft == 0) {
            accounted &= incremental.isAccounted();
            return;
        }
        checksLeft--;
        totalsFit = incremental.isAccounted();
        if (totalsFit || !incremental.isMoving()) {
            checksLeft = 0;
        }
        if (!totalsFit) {
            wrongBy = total == null ? 0 : total - snapshot.size();
            extraPages -= pages - 1;
        }
    }

    private void finish(FullScan full) {
        snapshot.replace(full.seen());
        growth = full.growth();
        totalsFit = total != null && total == snapshot.size();
        // Neither where a check has shown the same difference before, nor where the pages themselves contradict the
        // total.
        boolean isTotalWrong = total == null || total - snapshot.size() == wrongBy || full.isIncomplete();
        checksLeft = totalsFit || isTotalWrong ? 0 : MOST_CHECKS;
        accounted = true;
        nextFullScan = clock.instant().plus(fullScanPeriod);
        pagesPerFullScan = pages;
        boolean wasIncomplete = incomplete;
        incomplete = full.isIncomplete() && !totalsFit;
        if (incomplete && !wasIncomplete) {
            LogEvent.POLL_INCOMPLETE.on(LOG).warn(full.isRepeated() ? repeatedPages() : missingEntries());
        }
    }

    private String repeatedPages() {
        return "poll: the API returns the same " + snapshot.size() + " exports at every offset, so no others are found;"
                + " check whether a proxy or a cache in front of relay.api.url drops the query, or report it to the"
                + " vendor";
    }

    private String missingEntries() {
        String promised = total == null ? "more exports" : "a total of " + total + " exports";
        return "poll: the API promises " + promised + ", but lists " + snapshot.size() + " and nothing behind them;"
                + " exports may be missing until the list is complete; report it to the vendor";
    }
}
