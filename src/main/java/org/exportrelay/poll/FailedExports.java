package org.exportrelay.poll;

import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.util.HashSet;
import java.util.Set;
import org.exportrelay.api.ExportPage;

/**
 * The position of the route {@code alert-on-failed-exports} in the list of failed exports. The order of
 * the list is not documented, so all of it is read; an entry that a moving list pushes past this scan
 * is found by the next one. Used by one thread at a time, since the route's timer never overlaps itself.
 */
@Singleton
@Named("failedExports")
public final class FailedExports {

    /** The largest page of the API. */
    static final int PAGE = 100;

    private final Set<String> seen = new HashSet<>();
    private int offset;
    private boolean done = true;

    /** Begins a scan. */
    public void begin() {
        seen.clear();
        offset = 0;
        done = false;
    }

    /** Whether a page is still to be read. */
    public boolean hasNextPage() {
        return !done;
    }

    /** The query of the next page. */
    public String query() {
        return "status=failed&limit=" + PAGE + "&offset=" + offset;
    }

    /**
     * Processes a page. Changes no body. A page without a new entry ends the scan even where the API
     * promises more, so that every scan ends.
     */
    public void read(ExportPage page) {
        Boolean hasMore = page.pagination().hasMore();
        boolean mayHaveMore = hasMore == null ? page.ids().size() >= PAGE : hasMore;
        offset += page.ids().size();
        done = !seen.addAll(page.ids()) || !mayHaveMore;
    }
}
