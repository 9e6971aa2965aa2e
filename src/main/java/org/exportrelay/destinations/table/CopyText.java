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
        length = encode(value, bytes, length);
    }

    /** Returns the end. With local variables only, which the JIT keeps in registers: most of the time goes here. */
    private static int encode(String value, byte[] target, int start) {
        int at = start;
        for (int i = 0; i < value.length(); i++) {
            char character = value.charAt(i);
            if (character >= ESCAPES.length) {
                return encode(value.substring(i).getBytes(StandardCharsets.UTF_8), target, at);
            }
            if (ESCAPES[character] != 0) {
                target[at++] = '\\';
                target[at++] = ESCAPES[character];
            } else {
                target[at++] = (byte) character;
            }
        }
        return at;
    }

    /** Of UTF-8, in which bytes from 0 on are characters. */
    private static int encode(byte[] utf8, byte[] target, int start) {
        int at = start;
        for (byte each : utf8) {
            if (each >= 0 && ESCAPES[each] != 0) {
                target[at++] = '\\';
                target[at++] = ESCAPES[each];
            } else {
                target[at++] = each;
            }
        }
        return at;
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
