package org.exportrelay.records;

/**
 * Counts the records of a CSV stream (RFC 4180) that arrives in pieces, without decoding it: a line break inside quotes
 * ends no record. The separator is a comma; every encoding works in which ASCII characters are bytes of the same value.
 * The byte order mark of UTF-8 is not part of the first field.
 *
 * <p>In a file of one column an empty line is either nothing or a record with an empty value. Only the number of
 * records that the file should have decides it, so empty lines are counted separately. Not thread-safe.
 */
public final class CsvRecordCounter {

    private enum State {
        RECORD_START,
        AFTER_RETURN,
        FIELD_START,
        UNQUOTED,
        QUOTED,
        QUOTE_IN_QUOTED
    }

    private static final byte[] BYTE_ORDER_MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};
    private static final boolean[] ENDS_FIELD = new boolean[256];

    static {
        ENDS_FIELD[','] = true;
        ENDS_FIELD['\n'] = true;
        ENDS_FIELD['\r'] = true;
    }

    private State state = State.RECORD_START;
    /** How many bytes of the byte order mark the stream begins with; once that is known, the length of the mark. */
    private int markBytes;

    private boolean severalColumns;
    private long records;
    private long emptyLines;

    /** Reads the next piece. */
    public void accept(byte[] bytes, int offset, int length) {
        int end = offset + length;
        int start = offset;
        while (markBytes < BYTE_ORDER_MARK.length && start < end) {
            start = acceptMark(bytes, start);
        }
        for (; records == 0 && start < end; start++) {
            state = next(state, bytes[start]);
            severalColumns |= state == State.FIELD_START;
        }
        acceptRecords(bytes, start, end);
    }

    /** Apart from the header, since the JIT compiles these loops a third faster in a method of their own. */
    private void acceptRecords(byte[] bytes, int start, int end) {
        State now = state;
        for (int i = start; i < end; i++) {
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
            now = next(now, bytes[i]);
        }
        state = now;
    }

    /** Returns where to continue. A byte that is only the beginning of a mark is the first of a field. */
    private int acceptMark(byte[] bytes, int at) {
        if (bytes[at] != BYTE_ORDER_MARK[markBytes]) {
            markBytes = BYTE_ORDER_MARK.length;
            return at;
        }
        markBytes++;
        state = markBytes == BYTE_ORDER_MARK.length ? State.RECORD_START : State.UNQUOTED;
        return at + 1;
    }

    private State next(State now, byte b) {
        if (now == State.QUOTED) {
            return b == '"' ? State.QUOTE_IN_QUOTED : State.QUOTED;
        }
        if (b == '"' && now != State.UNQUOTED) {
            // Opens a field, or is the second of two quotes that stand for one.
            return State.QUOTED;
        }
        if (b != '\n' && b != '\r') {
            return b == ',' ? State.FIELD_START : State.UNQUOTED;
        }
        if (now == State.RECORD_START || now == State.AFTER_RETURN) {
            // A line feed after a carriage return belongs to the same line break.
            emptyLines += records > 0 && (b == '\r' || now == State.RECORD_START) ? 1 : 0;
        } else {
            records++;
        }
        return b == '\r' ? State.AFTER_RETURN : State.RECORD_START;
    }

    /**
     * The records so far, the header line included, empty lines not; a last one without a line break
     * counts.
     *
     * @return 0 or more
     */
    public long lines() {
        return state == State.RECORD_START || state == State.AFTER_RETURN ? records : records + 1;
    }

    /**
     * The empty lines after the header line that may be records too: those of a file of one column.
     *
     * @return 0 or more
     */
    public long emptyRecords() {
        return severalColumns ? 0 : emptyLines;
    }

    /** Whether the stream ends inside quotes, as a cut one does. */
    public boolean endsInsideQuotes() {
        return state == State.QUOTED;
    }
}
