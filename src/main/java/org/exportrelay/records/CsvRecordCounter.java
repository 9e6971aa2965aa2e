package org.exportrelay.records;

/**
 * Counts the records of a CSV stream (RFC 4180) fed to it in pieces, without decoding it: a line
 * break inside quotes ends nothing, an empty line is no record. The separator is a comma; any
 * encoding works in which ASCII stands for itself. Not thread-safe.
 */
public final class CsvRecordCounter {

    private enum State {
        RECORD_START,
        FIELD_START,
        UNQUOTED,
        QUOTED,
        QUOTE_IN_QUOTED
    }

    private State state = State.RECORD_START;
    private long records;

    /** Reads the next piece. */
    public void accept(byte[] bytes, int offset, int length) {
        State now = state;
        for (int i = offset; i < offset + length; i++) {
            byte b = bytes[i];
            if (now == State.QUOTED) {
                if (b == '"') {
                    now = State.QUOTE_IN_QUOTED;
                }
            } else if (b == '"' && now != State.UNQUOTED) {
                // Opens a field, or is the second of two quotes that stand for one.
                now = State.QUOTED;
            } else if (b == '\n' || b == '\r') {
                if (now != State.RECORD_START) {
                    records++;
                }
                now = State.RECORD_START;
            } else {
                now = b == ',' ? State.FIELD_START : State.UNQUOTED;
            }
        }
        state = now;
    }

    /**
     * The records so far, the header line included; a last one without a line break counts.
     *
     * @return 0 or more
     */
    public long lines() {
        return state == State.RECORD_START ? records : records + 1;
    }

    /** Whether the stream ends inside quotes, as a cut one does. */
    public boolean endsInsideQuotes() {
        return state == State.QUOTED;
    }
}
