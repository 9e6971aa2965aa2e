package org.exportrelay.api;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.function.LongSupplier;

/**
 * The time to which it was set last, plus the time since then by the monotonic clock: setting this machine's clock does
 * not change it. Always UTC. Thread-safe.
 */
public abstract class MonotonicClock extends Clock {

    private final LongSupplier nanoTime;
    private Instant reference;
    private long referenceNanos;

    /**
     * @param now the time at the start
     * @param nanoTime the monotonic clock, in nanoseconds from any origin
     */
    protected MonotonicClock(Instant now, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.reference = now;
        this.referenceNanos = nanoTime.getAsLong();
    }

    /** Continues from this time. */
    protected final synchronized void set(Instant now) {
        reference = now;
        referenceNanos = nanoTime.getAsLong();
    }

    @Override
    public synchronized Instant instant() {
        return reference.plusNanos(nanoTime.getAsLong() - referenceNanos);
    }

    @Override
    public final ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public final Clock withZone(ZoneId zone) {
        return this;
    }
}
