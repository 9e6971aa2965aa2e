package org.exportrelay.records;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.Inflater;

/** The bytes of a compressed file, read in large pieces: an inflater takes some of them, headers the others. */
final class CompressedBytes {

    private final InputStream file;
    private final byte[] buffer;
    private int position;
    private int limit;

    CompressedBytes(InputStream file, int bufferSize) {
        this.file = file;
        this.buffer = new byte[bufferSize];
    }

    boolean hasNext() throws IOException {
        if (position == limit) {
            position = 0;
            limit = Math.max(0, file.read(buffer, 0, buffer.length));
        }
        return position < limit;
    }

    /**
     * @return 0 to 255
     * @throws EOFException if the file has ended
     */
    int next() throws IOException {
        if (!hasNext()) {
            throw new EOFException();
        }
        return buffer[position++] & 0xff;
    }

    /** The byte that {@link #next} will return, after {@link #hasNext}. */
    int peek() {
        return buffer[position] & 0xff;
    }

    /** An unsigned number of so many bytes, the lowest one first. */
    long nextNumber(int bytes) throws IOException {
        long number = 0;
        for (int i = 0; i < bytes; i++) {
            number |= (long) next() << 8 * i;
        }
        return number;
    }

    /**
     * Gives the inflater the bytes that are read so far, or the next piece.
     *
     * @throws EOFException if the file has ended
     */
    void feed(Inflater inflater) throws IOException {
        if (!hasNext()) {
            throw new EOFException();
        }
        inflater.setInput(buffer, position, limit - position);
        position = limit;
    }

    /** The next byte is the first one that the inflater has not used. */
    void resumeBehind(Inflater inflater) {
        position = limit - inflater.getRemaining();
    }

    void close() throws IOException {
        file.close();
    }
}
