package org.exportrelay.delivery;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** How often something has happened within about the last second: how much of it may be prepared ahead. Thread-safe. */
public final class RecentCount {

    private static final long WINDOW = TimeUnit.SECONDS.toNanos(1);

    private final LongSupplier nanoTime;
    private long windowStart;
    private int inWindow;
    private int inLastWindow;

    public RecentCount() {
        this(System::nanoTime);
    }

    /**
     * @param nanoTime the monotonic clock
     */
    RecentCount(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.windowStart = nanoTime.getAsLong();
    }

    /** It has happened. */
    public synchronized void increment() {
        update();
        inWindow++;
    }

    /** Of the second that has begun or of the one before, whichever is more. */
    public synchronized int value() {
        update();
        return Math.max(inWindow, inLastWindow);
    }

    private void update() {
        long windows = (nanoTime.getAsLong() - windowStart) / WINDOW;
        if (windows > 0) {
            inLastWindow = windows == 1 ? inWindow : 0;
            inWindow = 0;
            windowStart += windows * WINDOW;
        }
    }
}
