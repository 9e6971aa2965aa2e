package org.exportrelay.download;

/** Sizes buffers by their content: most exports are small, and clearing memory costs time. */
final class Buffers {

    private static final int LEAST = 4 * 1024;
    private static final int MOST = 128 * 1024;

    private Buffers() {}

    /**
     * @param bytes the expected content; negative if unknown
     * @return bytes of a buffer for it
     */
    static int sizeFor(long bytes) {
        return bytes < 0 ? MOST : (int) Math.max(LEAST, Math.min(MOST, bytes));
    }
}
