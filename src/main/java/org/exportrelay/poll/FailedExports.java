package org.exportrelay.poll;

import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.util.HashSet;
import java.util.Set;
import org.exportrelay.api.ExportPage;

/**
 * Where the route {@code alert-on-failed-exports} is in the list of failed exports. The order of the
 * list is not documented, so all of it is read; an entry that a moving list pushes past the reader is
 * met at the next reading. Used by one thread at a time, since the route's timer never overlaps
 * itself.
 */
@Singleton
@Named("failedExports")
public final class FailedExports {

    /** The most that the API gives at once. */
    static final int PAGE = 100;

    private final Set<String> seen = new HashSet<>();
    private int offset;
    private boolean done = true;

    /** A reading begins. */
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
     * Takes in a page. Changes no body. A page without anything new ends the reading, whatever the API
     * says of more, so that every reading ends.
     */
    public void read(ExportPage page) {
        Boolean hasMore = page.pagination().hasMore();
        boolean mayHaveMore = hasMore == null ? page.ids().size() >= PAGE : hasMore;
        offset += page.ids().size();
        done = !seen.addAll(page.ids()) || !mayHaveMore;
    }
}
