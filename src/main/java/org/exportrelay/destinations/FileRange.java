package org.exportrelay.destinations;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;

/** Some bytes of a file, as a stream of their own. */
final class FileRange extends InputStream {

    private final RandomAccessFile file;
    private long left;

    /**
     * @param offset of the first byte
     * @param length how many bytes
     */
    FileRange(File file, long offset, long length) throws IOException {
        this.file = new RandomAccessFile(file, "r");
        this.file.seek(offset);
        this.left = length;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        if (left == 0) {
            return -1;
        }
        int read = file.read(buffer, offset, (int) Math.min(length, left));
        left -= Math.max(0, read);
        return read;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
