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

    private static final boolean[] ENDS_FIELD = new boolean[256];

    static {
        ENDS_FIELD[','] = true;
        ENDS_FIELD['\n'] = true;
        ENDS_FIELD['\r'] = true;
    }

    private State state = State.RECORD_START;
    private long records;

    /** Reads the next piece. */
    public void accept(byte[] bytes, int offset, int length) {
        State now = state;
        int end = offset + length;
        for (int i = offset; i < end; i++) {
            // Most bytes are inside a field and mean nothing: these two loops are where the time goes.
            if (now == State.QUOTED) {
                while (i < end && bytes[i] != '"') {
                    i++;
                }
            } else if (now == State.UNQUOTED) {
                while (i < end && !ENDS_FIELD[bytes[i] & 0xff]) {
                    i++;
                }
            }
            if (i == end) {
                break;
            }
            byte b = bytes[i];
            if (now == State.QUOTED) {
                now = State.QUOTE_IN_QUOTED;
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
