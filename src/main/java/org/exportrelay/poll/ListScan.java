package org.exportrelay.poll;

import org.exportrelay.api.ExportPage;

/** One way of reading the list: which page is next, until there is none. */
interface ListScan {

    /** Whether no page is left to read. */
    boolean isDone();

    /** Where the next page begins; 0 or more. */
    int offset();

    /** Takes in the page at {@link #offset} and decides on the next. */
    void read(ExportPage page);
}
