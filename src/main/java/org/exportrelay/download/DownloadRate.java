package org.exportrelay.download;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/**
 * Limits how many bytes a second all downloads of this process receive together. After each portion, a download waits for
 * its turn; portions are equal, so that parallel downloads receive equal shares, and small, so that none waits long.
 * A server that is not read meanwhile only notices that its connection is slow. Thread-safe.
 */
final class DownloadRate {

    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
    /** What was not received in this time is not made up for. */
    private static final long BURST = TimeUnit.MILLISECONDS.toNanos(100);
    /** Portions of each download in a second. */
    private static final int PORTIONS = 10;

    private static final int LARGEST_PORTION = 64 * 1024;

    private final long bytesPerSecond;
    private final int portion;
    private final LongSupplier nanoTime;
    private final LongConsumer pause;
    /** When all that was received so far has had its time. */
    private long paidUntil;

    /**
     * @param bytesPerSecond 1 or more
     * @param parallel downloads that share them, 1 or more
     */
    DownloadRate(long bytesPerSecond, int parallel) {
        this(bytesPerSecond, parallel, System::nanoTime, FileDownload::sleep);
    }

    /**
     * @param pause waits that many milliseconds; it returns early, with the thread interrupted, if the process stops
     */
    DownloadRate(long bytesPerSecond, int parallel, LongSupplier nanoTime, LongConsumer pause) {
        this.bytesPerSecond = bytesPerSecond;
        this.portion = (int) Math.max(1, Math.min(LARGEST_PORTION, bytesPerSecond / (PORTIONS * parallel)));
        this.nanoTime = nanoTime;
        this.pause = pause;
        this.paidUntil = nanoTime.getAsLong();
    }

    /** A body that is received within the limit. */
    InputStream limit(InputStream body) {
        return new Limited(body);
    }

    private void await(int bytes) throws IOException {
        long millis = TimeUnit.NANOSECONDS.toMillis(reserve(bytes));
        if (millis > 0) {
            // Less is waited for with a later portion.
            pause.accept(millis);
        }
        if (Thread.currentThread().isInterrupted()) {
            throw new InterruptedIOException();
        }
    }

    /** Nanoseconds until the turn of the next bytes. */
    private synchronized long reserve(int bytes) {
        long now = nanoTime.getAsLong();
        if (now - paidUntil > BURST) {
            paidUntil = now - BURST;
        }
        paidUntil += Math.round((double) SECOND * bytes / bytesPerSecond);
        return paidUntil - now;
    }

    /** For one thread. */
    private final class Limited extends FilterInputStream {

        /** Bytes since the last wait. */
        private int unpaid;

        Limited(InputStream body) {
            super(body);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] buffer, int offset, int length) throws IOException {
            int received = in.read(buffer, offset, Math.min(length, portion - unpaid));
            unpaid += Math.max(0, received);
            if (unpaid == portion || received < 0) {
                await(unpaid);
                unpaid = 0;
            }
            return received;
        }
    }
}
