package org.exportrelay.poll;

import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.exportrelay.api.ExportPage;

/**
 * Brings the {@link ListSnapshot} up to date, in one request if nothing happened but arrivals at the
 * list's growing end.
 *
 * <p>It reads the growing end up to an entry that is known. If the snapshot then has as many entries as
 * the API's total, all are accounted for. If not, something came or went elsewhere, such as an old
 * export that completed late; the snapshot has which entry should be at which offset, so bisection
 * finds the place in a few requests, however long the list is.
 *
 * <p>What it cannot see is an arrival deep in the list while another entry vanishes: the total stays
 * the same. The regular full scan finds that one.
 */
final class IncrementalScan implements ListScan {

    /** Known entries read again at the tail, to check that the snapshot still fits there. */
    private static final int TAIL_OVERLAP = 10;
    /** More than the bisection of any list takes; a short one that moves faster needs a full scan. */
    private static final int MOST_REQUESTS = 40;

    private final ListSnapshot snapshot;
    private final Growth growth;
    private final boolean trustsTotals;
    private final Set<String> arrived = new HashSet<>();
    /** In a long list, several differences are found for less than a full scan. */
    private final int mostRequests;
    /** Entries that a page really has, which may be fewer than requested. */
    private int pageSize;

    private int offset;
    private int lastOffset;
    private List<String> lastPage = List.of();
    private int requests;
    private Long totalBefore;
    private Long lastTotal;
    private boolean moving;
    private boolean searching;
    private int low;
    private int high;
    private boolean done;
    private boolean accounted = true;

    /**
     * @param snapshot as the last scan left it; corrected here
     * @param growth where arrivals are expected
     * @param pageSize entries requested per page, 1 to 100
     * @param trustsTotals whether the API's total has fitted so far; if not, the growing end is all
     *     that is read
     */
    IncrementalScan(ListSnapshot snapshot, Growth growth, int pageSize, boolean trustsTotals) {
        this.snapshot = snapshot;
        this.growth = growth;
        this.pageSize = pageSize;
        this.trustsTotals = trustsTotals;
        this.mostRequests = Math.max(MOST_REQUESTS, snapshot.size() / pageSize);
        boolean onePage = snapshot.size() < pageSize;
        this.offset = growth == Growth.HEAD || onePage ? 0 : beforeTail(snapshot.size());
    }

    @Override
    public boolean isDone() {
        return done;
    }

    @Override
    public int offset() {
        return offset;
    }

    /** Whether every entry of the list is known to be in the snapshot; if not, a full scan is due. */
    boolean isAccounted() {
        return accounted;
    }

    /** Whether the total changed between two requests, so that another scan may find what this one has not. */
    boolean isMoving() {
        return moving;
    }

    @Override
    public void read(ExportPage page) {
        requests++;
        moving |= requests > 1 && !Objects.equals(page.pagination().total(), lastTotal);
        lastTotal = page.pagination().total();
        List<String> ids = page.ids();
        if (!ids.isEmpty() && ids.equals(lastPage) && offset != lastOffset) {
            // The list moves fast, or the server ignores offsets: a full scan finds out.
            finish(false);
            return;
        }
        lastPage = ids;
        lastOffset = offset;
        int end = offset + ids.size();
        Long total = trustsTotals ? sensible(page.pagination().total()) : null;
        boolean isLast = total != null
                ? end >= total
                : Boolean.FALSE.equals(page.pagination().hasMore());
        String expected = snapshot.at(offset);
        boolean reachesKnown = ids.stream().anyMatch(id -> snapshot.contains(id) && !arrived.contains(id));
        ids.stream().filter(id -> !snapshot.contains(id)).forEach(arrived::add);
        if (!isLast && !ids.isEmpty()) {
            pageSize = Math.min(pageSize, ids.size());
        }
        if (ids.isEmpty() && offset > 0) {
            readBeforeTheEnd(total);
            return;
        }
        int sizeBefore = snapshot.size();
        snapshot.correct(offset, ids, isLast);
        if (total == null || requests >= mostRequests) {
            finish(total != null && snapshot.size() == total);
        } else if (!searching && !isLast && (growth == Growth.TAIL || !reachesKnown)) {
            offset = Math.max(offset + 1, end - 1);
        } else if (snapshot.size() == total) {
            // A list that moved during the search for its difference may have hidden it.
            finish(!searching || total.equals(totalBefore));
        } else if (!searching || snapshot.size() != sizeBefore) {
            // The next difference, if there are several.
            totalBefore = searching ? totalBefore : total;
            startSearch(total);
        } else {
            search(ids, expected, end);
        }
    }

    /** A total beyond the range of offsets is ignored. */
    private static Long sensible(Long total) {
        return total != null && total >= 0 && total <= Integer.MAX_VALUE ? total : null;
    }

    /** The list now ends before the offset at which its tail was expected. */
    private void readBeforeTheEnd(Long total) {
        if (total == null || requests >= mostRequests) {
            finish(false);
            return;
        }
        offset = Math.min(offset - 1, beforeTail(Math.toIntExact(total)));
        offset = Math.max(0, offset);
    }

    private void startSearch(long total) {
        searching = true;
        low = 0;
        high = (int) Math.max(total, snapshot.size());
        offset = middle();
    }

    private void search(List<String> ids, String expected, int end) {
        if (high - low <= pageSize) {
            finish(false);
            return;
        }
        boolean fitsSoFar = !ids.isEmpty() && ids.get(0).equals(expected);
        if (fitsSoFar) {
            low = Math.max(low + 1, end - 1);
        } else {
            high = Math.min(high - 1, offset + 1);
        }
        offset = middle();
    }

    private int middle() {
        return high - low <= pageSize ? Math.max(0, Math.min(low, high - 1)) : low + (high - low) / 2;
    }

    private void finish(boolean everything) {
        accounted = everything;
        done = true;
    }

    private int beforeTail(int size) {
        return Math.max(0, size - Math.min(TAIL_OVERLAP, Math.max(1, pageSize / 2)));
    }
}
