package org.exportrelay.records;

import java.io.EOFException;
import java.io.IOException;
import java.util.zip.CRC32;
import java.util.zip.ZipException;

/** Reads the header of a gzip member (RFC 1952, 2.3), of which nothing but its soundness matters. For one header. */
final class GzipHeader {

    private static final int FIRST_BYTE = 0x1f;
    private static final int SECOND_BYTE = 0x8b;
    private static final int DEFLATE = 8;
    private static final int HAS_CHECKSUM = 1 << 1;
    private static final int HAS_EXTRA_FIELD = 1 << 2;
    private static final int HAS_NAME = 1 << 3;
    private static final int HAS_COMMENT = 1 << 4;
    private static final int RESERVED_FLAGS = 0b1110_0000;
    /** Modification time, compression level, operating system. */
    private static final int FIXED_BYTES = 6;

    private final CompressedBytes bytes;
    private final CRC32 checksum = new CRC32();

    GzipHeader(CompressedBytes bytes) {
        this.bytes = bytes;
    }

    /**
     * Reads to the first byte of the compressed data.
     *
     * @throws EOFException if the file ends before
     * @throws ZipException if this is no sound header
     */
    void read() throws IOException {
        if (next() != FIRST_BYTE || next() != SECOND_BYTE) {
            throw new ZipException("a gzip header is missing or damaged");
        }
        if (next() != DEFLATE) {
            throw new ZipException("its compression method is not deflate");
        }
        int flags = next();
        if ((flags & RESERVED_FLAGS) != 0) {
            throw new ZipException("a gzip header has reserved flags");
        }
        skip(FIXED_BYTES);
        if ((flags & HAS_EXTRA_FIELD) != 0) {
            skip(next() | next() << 8);
        }
        if ((flags & HAS_NAME) != 0) {
            skipText();
        }
        if ((flags & HAS_COMMENT) != 0) {
            skipText();
        }
        if ((flags & HAS_CHECKSUM) != 0 && bytes.nextNumber(2) != (checksum.getValue() & 0xffff)) {
            throw new ZipException("the checksum of a gzip header does not match");
        }
    }

    private void skip(int count) throws IOException {
        for (int i = 0; i < count; i++) {
            next();
        }
    }

    private void skipText() throws IOException {
        while (next() != 0) {
            // A zero byte ends it.
        }
    }

    private int next() throws IOException {
        int value = bytes.next();
        checksum.update(value);
        return value;
    }
}
