package org.exportrelay.poll;

import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.exportrelay.api.Export;
import org.exportrelay.api.ExportPage;
import org.exportrelay.api.Pagination;

/**
 * Reads the whole list, however it moves meanwhile.
 *
 * <p>Each page overlaps the one before by an entry. As long as a page begins with an entry that was
 * seen, nothing between the two can have been skipped, wherever entries came or went meanwhile; if
 * it does not, the reader steps back until one does, at the worst to the start. What slips in behind
 * the reader is for the next poll. It ends by itself, since only so many pages in a row may bring
 * nothing new.
 */
final class FullScan implements ListScan {

    /** Steps back in a row after which the list is taken as it comes, so that a shuffled one ends too. */
    private static final int MOST_STEPS_BACK = 20;
    /** Pages in a row without a new entry after which the server is taken to repeat itself. */
    private static final int MOST_BARREN_PAGES = 30;

    private final int pageSize;
    private final Set<String> seen = new LinkedHashSet<>();
    private Instant firstCreated;
    private Instant lastCreated;
    private int offset;
    private int overlap;
    private int stepsBack;
    private int barren;
    private boolean done;

    /**
     * @param pageSize entries asked for per page, 1 to 100
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
        return offset;
    }

    /** The ids seen so far, in the list's order. */
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
        barren = seen.containsAll(ids) ? barren + 1 : 0;
        if (barren > MOST_BARREN_PAGES) {
            done = true;
            return;
        }
        if (!isConnected(ids)) {
            stepsBack++;
            offset = Math.max(0, offset - Math.max(1, pageSize / 2));
            return;
        }
        stepsBack = 0;
        noteCreation(page.data());
        boolean onlyTheOverlap = !seen.addAll(ids) && ids.size() <= overlap;
        int end = offset + ids.size();
        done = onlyTheOverlap || !hasMore(page.pagination(), end, ids.size());
        // Pages of one entry cannot overlap; they are taken one after the other.
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

    /** Believes whichever of the API's two words promises more. */
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
