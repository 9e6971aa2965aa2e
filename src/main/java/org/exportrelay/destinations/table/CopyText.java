package org.exportrelay.destinations.table;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.exportrelay.records.BadRecordsException;
import org.exportrelay.records.ExportRecord;

/**
 * Rows in the text format of PostgreSQL's {@code COPY}, a batch at a time: one line each, so that the line which the
 * server names is the number of the record. For one file.
 */
final class CopyText implements Iterator<byte[]> {

    private static final int TYPICAL_BYTES = 256 * 1024;
    /** What stands for the characters behind a backslash; 0 for all others, which stand for themselves. */
    private static final byte[] ESCAPES = new byte[128];

    static {
        ESCAPES['\\'] = '\\';
        ESCAPES['\n'] = 'n';
        ESCAPES['\r'] = 'r';
        ESCAPES['\t'] = 't';
    }

    private final Iterator<List<ExportRecord>> batches;
    private final Assignment[] columns;
    private final String exportId;
    private final String file;
    private byte[] bytes = new byte[TYPICAL_BYTES];
    private int length;
    private long record;

    CopyText(FileSource source, List<Assignment> columns) {
        this.batches = source.batches();
        this.columns = columns.toArray(Assignment[]::new);
        this.exportId = source.exportId();
        this.file = source.file();
    }

    @Override
    public boolean hasNext() {
        return batches.hasNext();
    }

    /**
     * @throws BadRecordsException if a column of the key is empty
     */
    @Override
    public byte[] next() {
        length = 0;
        for (ExportRecord row : batches.next()) {
            record++;
            for (int i = 0; i < columns.length; i++) {
                if (i > 0) {
                    append((byte) '\t');
                }
                append(columns[i], columns[i].value(row, exportId, record));
            }
            append((byte) '\n');
        }
        return Arrays.copyOf(bytes, length);
    }

    private void append(Assignment column, String value) {
        column.requireKey(value, file, record);
        if (column.column().isNull(value)) {
            append((byte) '\\');
            append((byte) 'N');
            return;
        }
        // Each character is at most three bytes, and two if it is escaped.
        ensure(3 * value.length());
        for (int i = 0; i < value.length(); i++) {
            char character = value.charAt(i);
            if (character >= 128) {
                byte[] rest = value.substring(i).getBytes(StandardCharsets.UTF_8);
                for (byte each : rest) {
                    appendByte(each);
                }
                return;
            }
            appendByte((byte) character);
        }
    }

    /** Of UTF-8, in which bytes below 128 are characters. */
    private void appendByte(byte value) {
        if (value >= 0 && ESCAPES[value] != 0) {
            bytes[length++] = '\\';
            bytes[length++] = ESCAPES[value];
        } else {
            bytes[length++] = value;
        }
    }

    private void append(byte value) {
        ensure(1);
        bytes[length++] = value;
    }

    private void ensure(int more) {
        if (length + more > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
        }
    }
}
