package org.exportrelay.console;

/** Has the methods that the shipped poll route calls, for a check of that route; none is called. */
public final class UnusedPoll {

    public void begin() {}

    public boolean hasNextPage() {
        return false;
    }

    public int offset() {
        return 0;
    }

    public void read() {}

    public void record() {}

    public void recordPage() {}

    public void finish() {}

    public void failed() {}
}
