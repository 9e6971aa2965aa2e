package org.exportrelay.sandbox;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Collects rows before they are compressed: one call of the compressor for each value would cost more
 * than producing the values. Not thread-safe.
 */
final class CsvBuffer {

    private static final int FLUSH_AT = 32 * 1024;
    private static final int LONGEST_ROW = 8 * 1024;

    private final OutputStream out;
    private final byte[] bytes = new byte[FLUSH_AT + LONGEST_ROW];
    private int length;

    CsvBuffer(OutputStream out) {
        this.out = out;
    }

    CsvBuffer put(byte[] value) {
        System.arraycopy(value, 0, bytes, length, value.length);
        length += value.length;
        return this;
    }

    CsvBuffer put(char ascii) {
        bytes[length++] = (byte) ascii;
        return this;
    }

    CsvBuffer put(String ascii) {
        return put(ascii.getBytes(StandardCharsets.US_ASCII));
    }

    CsvBuffer comma() {
        return put(',');
    }

    /** A number of at least as many digits, padded with zeros. */
    CsvBuffer digits(int number, int atLeast) {
        int width = atLeast;
        for (int rest = number; rest >= power(width); ) {
            width++;
        }
        int rest = number;
        for (int i = length + width - 1; i >= length; i--) {
            bytes[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        length += width;
        return this;
    }

    void endRow(byte[] terminator) throws IOException {
        put(terminator);
        if (length >= FLUSH_AT) {
            flush();
        }
    }

    void flush() throws IOException {
        out.write(bytes, 0, length);
        length = 0;
    }

    private static long power(int exponent) {
        long power = 1;
        for (int i = 0; i < exponent; i++) {
            power *= 10;
        }
        return power;
    }
}
