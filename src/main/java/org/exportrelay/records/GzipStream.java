package org.exportrelay.records;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import java.util.zip.ZipException;

/**
 * The content of a gzip file (RFC 1952), of all its members. The file must be intact to its last byte: after a member
 * comes another one, or zero bytes up to the end of the file, and nothing else. The JDK's own stream ends without an
 * error at the first damaged header and so loses the rest of the file; that of commons-compress refuses zero bytes and
 * reports a damaged file like a disk that cannot be read. Not thread-safe.
 */
public final class GzipStream extends InputStream {

    private enum State {
        BEFORE_FIRST_MEMBER,
        IN_MEMBER,
        AFTER_MEMBER,
        END
    }

    private final CompressedBytes compressed;
    private final Inflater inflater = new Inflater(true);
    private final CRC32 checksum = new CRC32();
    private State state = State.BEFORE_FIRST_MEMBER;

    /**
     * @param file the compressed bytes; closed with this stream
     * @param bufferSize bytes that are read from it at a time, 1 or more
     */
    public GzipStream(InputStream file, int bufferSize) {
        this.compressed = new CompressedBytes(file, bufferSize);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    /**
     * @return -1 only if the file has been read to its last byte and is intact
     * @throws EOFException if the file ends inside a member
     * @throws ZipException if the file is not intact in another way
     */
    @Override
    public int read(byte[] content, int offset, int length) throws IOException {
        int read = 0;
        // A file may have any number of empty members, one after the other.
        while (read == 0 && length > 0) {
            switch (state) {
                case BEFORE_FIRST_MEMBER -> beginMember();
                case IN_MEMBER -> read = inflate(content, offset, length);
                case AFTER_MEMBER -> readAfterMember();
                case END -> read = -1;
            }
        }
        return read;
    }

    private void beginMember() throws IOException {
        new GzipHeader(compressed).read();
        checksum.reset();
        inflater.reset();
        state = State.IN_MEMBER;
    }

    /** Returns 0 if it has read compressed bytes only, or the end of the member. */
    private int inflate(byte[] content, int offset, int length) throws IOException {
        int inflated;
        try {
            inflated = inflater.inflate(content, offset, length);
        } catch (DataFormatException e) {
            throw new ZipException(e.getMessage() == null ? "its compressed data is damaged" : e.getMessage());
        }
        checksum.update(content, offset, inflated);
        if (inflater.finished()) {
            compressed.resumeBehind(inflater);
            checkTrailer();
            state = State.AFTER_MEMBER;
        } else if (inflater.needsDictionary()) {
            throw new ZipException("its compressed data needs a dictionary");
        } else if (inflated == 0 && inflater.needsInput()) {
            compressed.feed(inflater);
        }
        return inflated;
    }

    private void checkTrailer() throws IOException {
        if (compressed.nextNumber(4) != checksum.getValue()) {
            throw new ZipException("a checksum does not match");
        }
        if (compressed.nextNumber(4) != (inflater.getBytesWritten() & 0xffff_ffffL)) {
            throw new ZipException("a length does not match");
        }
    }

    /** Tapes and some archivers fill the last block of a file with zero bytes. */
    private void readAfterMember() throws IOException {
        if (!compressed.hasNext()) {
            state = State.END;
        } else if (compressed.peek() != 0) {
            beginMember();
        } else {
            while (compressed.hasNext()) {
                if (compressed.next() != 0) {
                    throw new ZipException("zero bytes and then data follow its end");
                }
            }
            state = State.END;
        }
    }

    @Override
    public void close() throws IOException {
        inflater.end();
        compressed.close();
    }
}
