package org.exportrelay.component;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import org.exportrelay.records.ExportRecord;
import org.exportrelay.records.RecordBatches;
import org.exportrelay.records.RecordJson;

/** The records of a file as JSON Lines, read when they are asked for. Not thread-safe. */
final class JsonLines extends InputStream {

    private final RecordBatches batches;
    private final RecordJson json = new RecordJson();
    private Iterator<ExportRecord> rows = Collections.emptyIterator();
    private byte[] line = {};
    private int position;

    /**
     * @param batches closed with it; what they throw, it throws
     */
    JsonLines(RecordBatches batches) {
        this.batches = batches;
    }

    @Override
    public int read() {
        return hasByte() ? line[position++] & 0xFF : -1;
    }

    /** As many as asked for, unless the file ends: encryption writes a packet for each. */
    @Override
    public int read(byte[] bytes, int offset, int length) {
        int done = 0;
        while (done < length && hasByte()) {
            int part = Math.min(length - done, line.length - position);
            System.arraycopy(line, position, bytes, offset + done, part);
            position += part;
            done += part;
        }
        return done == 0 && length > 0 ? -1 : done;
    }

    private boolean hasByte() {
        if (position < line.length) {
            return true;
        }
        while (!rows.hasNext()) {
            if (!batches.hasNext()) {
                return false;
            }
            rows = batches.next().iterator();
        }
        byte[] object = json.of(rows.next());
        line = Arrays.copyOf(object, object.length + 1);
        line[object.length] = '\n';
        position = 0;
        return true;
    }

    @Override
    public void close() throws IOException {
        batches.close();
    }
}
