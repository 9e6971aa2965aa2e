package org.exportrelay.poll;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.exportrelay.api.ExportPage;

/**
 * Decides how each poll reads the list, so that nothing is missed at the least cost.
 *
 * <p>The argument: a {@link FullScan} sees every entry that is listed while it runs. After it, the
 * {@link ListSnapshot} holds the whole list, and every later {@link IncrementalScan} accounts for every entry:
 * the mirror is as long as the API's total, or the place of the difference is looked for and, if it
 * is not found within one poll, the next one goes on. So an export is recorded by the second poll
 * after it is listed. Where the API gives no total, or one that is wrong, or shuffles its list, or
 * lists what was not asked for, an update proves nothing, and sweeps are repeated as often as a
 * share of the rate limit allows. What an update cannot see, an arrival deep in the list at the very
 * time another entry vanishes, the regular sweep finds.
 */
final class ListReader {

    /** Sweeps besides the regular ones may spend a request per 30 s, 2,880 a day, saved up to 200. */
    private static final Duration PER_EXTRA_PAGE = Duration.ofSeconds(30);

    private static final double MOST_EXTRA_PAGES = 200;

    private final int pageSize;
    private final Duration fullSweep;
    private final Clock clock;
    private final ListSnapshot mirror = new ListSnapshot();

    private ListScan reading;
    private Growth growth = Growth.HEAD;
    private Long total;
    private boolean unfiltered;
    private boolean totalsFit = true;
    private boolean accounted = true;
    private Instant nextFullSweep = Instant.MIN;
    private double extraPages = MOST_EXTRA_PAGES;
    private Instant extraPagesAt;
    private int pagesPerSweep;
    private int pages;

    /**
     * @param pageSize entries asked for per page, 1 to 100
     * @param fullSweep time between two sweeps of a list that gives no reason for more
     * @param clock to tell when a sweep is due
     */
    ListReader(int pageSize, Duration fullSweep, Clock clock) {
        this.pageSize = pageSize;
        this.fullSweep = fullSweep;
        this.clock = clock;
    }

    /** A poll begins; what an earlier one left unfinished is forgotten. */
    void begin() {
        Instant now = clock.instant();
        saveExtraPages(now);
        boolean sweepDue = !now.isBefore(nextFullSweep);
        if (!sweepDue && !isProven() && extraPages >= pagesPerSweep) {
            extraPages -= pagesPerSweep;
            sweepDue = true;
        }
        reading = sweepDue ? new FullScan(pageSize) : new IncrementalScan(mirror, growth, pageSize, totalsFit);
        unfiltered = unfiltered && !sweepDue;
        pages = 0;
    }

    /** What was read has been lost: the next poll reads the whole list. */
    void distrust() {
        nextFullSweep = Instant.MIN;
    }

    private boolean isProven() {
        return accounted && totalsFit && !unfiltered && !mirror.isShuffled();
    }

    private void saveExtraPages(Instant now) {
        if (extraPagesAt != null) {
            double earned = (double) Duration.between(extraPagesAt, now).toMillis() / PER_EXTRA_PAGE.toMillis();
            extraPages = Math.min(MOST_EXTRA_PAGES, extraPages + earned);
        }
        extraPagesAt = now;
    }

    boolean isDone() {
        return reading.isDone();
    }

    int offset() {
        return reading.offset();
    }

    /** Entries in the list, as far as it is known. */
    int listed() {
        return reading instanceof FullScan sweep ? sweep.seen().size() : mirror.size();
    }

    /** Takes in the page at {@link #offset}. */
    void read(ExportPage page) {
        pages++;
        total = page.pagination().total();
        unfiltered |= page.data().stream().anyMatch(export -> !export.isCompleted());
        reading.read(page);
        if (!reading.isDone()) {
            return;
        }
        if (reading instanceof FullScan sweep) {
            swept(sweep);
        } else if (reading instanceof IncrementalScan update) {
            accounted &= update.isAccounted();
        }
    }

    private void swept(FullScan sweep) {
        mirror.become(sweep.seen());
        growth = sweep.growth();
        totalsFit = total != null && total == mirror.size();
        accounted = true;
        nextFullSweep = clock.instant().plus(fullSweep);
        pagesPerSweep = pages;
    }
}
