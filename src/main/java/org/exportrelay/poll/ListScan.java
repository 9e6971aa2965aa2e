package org.exportrelay.poll;

import org.exportrelay.api.ExportPage;

/** One way to read the list: decides which page is next, until none is left. */
interface ListScan {

    /** Whether no page is left to read. */
    boolean isDone();

    /** Where the next page begins; 0 or more. */
    int offset();

    /** Processes the page at {@link #offset} and decides on the next. */
    void read(ExportPage page);
}
