package org.exportrelay.poll;

import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.exportrelay.api.Export;
import org.exportrelay.api.ExportPage;
import org.exportrelay.api.Pagination;

/**
 * Reads the whole list, however it moves meanwhile.
 *
 * <p>Each page overlaps the one before by an entry. As long as a page begins with an entry that has been
 * read, nothing between the two can have been missed, wherever entries came or went meanwhile; if it
 * does not, the scan steps back until one does, at the worst to the start. What arrives behind the scan
 * is for the next poll. Every scan ends, since only so many pages and steps back may bring nothing new.
 *
 * <p>A server that ignores offsets returns the same page, or the same few, at any of them. Where the entries of a page
 * were already read at another offset, in whatever order, the next request is far ahead: if that page was already read
 * too, the scan ends, otherwise it resumes.
 */
final class FullScan implements ListScan {

    /** Steps back without a new entry after which the list is taken as it comes, so that a shuffled one ends too. */
    private static final int MOST_STEPS_BACK = 20;
    /** Pages in a row without a new entry after which the scan ends. */
    private static final int MOST_BARREN_PAGES = 30;
    /** More entries than arrive between two requests. */
    private static final int FAR_AHEAD = 1000;

    private final int pageSize;
    private final Set<String> seen = new LinkedHashSet<>();
    /** The entries of each page, and the offset at which they were read first. */
    private final Map<Set<String>, Integer> readAt = new HashMap<>();

    private Instant firstCreated;
    private Instant lastCreated;
    private int offset;
    private int overlap;
    private int stepsBack;
    private int barren;
    private boolean farAhead;
    private boolean repeated;
    private boolean incomplete;
    private boolean done;

    /**
     * @param pageSize entries requested per page, 1 to 100
     */
    FullScan(int pageSize) {
        this.pageSize = pageSize;
    }

    @Override
    public boolean isDone() {
        return done;
    }

    @Override
    public int offset() {
        return farAhead ? offset + FAR_AHEAD : offset;
    }

    /** Whether the server returned the same pages at every offset. */
    boolean isRepeated() {
        return repeated;
    }

    /** Whether the scan has ended although the API promises entries that no page has. */
    boolean isIncomplete() {
        return incomplete;
    }

    /** The ids read so far, in the list's order. */
    Collection<String> seen() {
        return Collections.unmodifiableSet(seen);
    }

    /** Where new exports will appear, by the creation times of the first and the last one listed. */
    Growth growth() {
        return firstCreated != null && firstCreated.isBefore(lastCreated) ? Growth.TAIL : Growth.HEAD;
    }

    @Override
    public void read(ExportPage page) {
        List<String> ids = page.ids();
        Set<String> entries = Set.copyOf(ids);
        if (farAhead) {
            farAhead = false;
            endIfRepeated(entries);
            return;
        }
        boolean isElsewhere = !ids.isEmpty() && readAt.getOrDefault(entries, offset) != offset;
        readAt.putIfAbsent(entries, offset);
        barren = seen.containsAll(ids) ? barren + 1 : 0;
        if (barren > MOST_BARREN_PAGES) {
            incomplete = promisesMore(page.pagination());
            done = true;
            return;
        }
        if (!isConnected(ids)) {
            stepsBack++;
            offset = Math.max(0, offset - Math.max(1, pageSize / 2));
            return;
        }
        stepsBack = barren == 0 ? 0 : stepsBack;
        farAhead = isElsewhere;
        advance(page, ids);
    }

    private void endIfRepeated(Set<String> farPage) {
        if (farPage.isEmpty() || !readAt.containsKey(farPage)) {
            return;
        }
        readAt.keySet().forEach(seen::addAll);
        repeated = true;
        incomplete = true;
        done = true;
    }

    private void advance(ExportPage page, List<String> ids) {
        noteCreation(page.data());
        boolean onlyTheOverlap = !seen.addAll(ids) && ids.size() <= overlap;
        int end = offset + ids.size();
        incomplete = onlyTheOverlap && promisesMore(page.pagination());
        done = onlyTheOverlap || !hasMore(page.pagination(), end, ids.size());
        // Pages of one entry cannot overlap; they are read one after the other.
        overlap = ids.size() > 1 ? 1 : 0;
        offset = end - overlap;
    }

    private void noteCreation(List<Export> exports) {
        List<Instant> created =
                exports.stream().map(Export::createdAt).filter(Objects::nonNull).toList();
        if (!created.isEmpty()) {
            firstCreated = firstCreated == null ? created.get(0) : firstCreated;
            lastCreated = created.get(created.size() - 1);
        }
    }

    private boolean isConnected(List<String> ids) {
        return offset == 0
                || overlap == 0
                || stepsBack >= MOST_STEPS_BACK
                || !ids.isEmpty() && seen.contains(ids.get(0));
    }

    /** A total alone may be wrong by a few, but not where the list is empty. */
    private boolean promisesMore(Pagination pagination) {
        return Boolean.TRUE.equals(pagination.hasMore())
                || seen.isEmpty() && pagination.total() != null && pagination.total() > 0;
    }

    /** Of the API's two statements, the one that promises more counts. */
    private boolean hasMore(Pagination pagination, int end, int entries) {
        if (Boolean.TRUE.equals(pagination.hasMore())) {
            return true;
        }
        if (pagination.total() != null) {
            return end < pagination.total();
        }
        return pagination.hasMore() == null && entries >= pageSize;
    }
}
