package org.exportrelay.runtime;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.function.LongSupplier;
import org.exportrelay.config.Durations;
import org.jboss.logging.Logger;

/**
 * This machine's time, which never goes back: due times and leases in the ledger follow it. When the machine's clock is
 * set back, it continues with the monotonic clock; when that is set forward, or the machine was suspended, it follows.
 * Both are logged. Thread-safe.
 */
final class SteadyClock extends Clock {

    private static final Logger LOG = Logger.getLogger(SteadyClock.class);
    /** Time servers correct less than this without an operator's doing. */
    private static final Duration JUMP = Duration.ofSeconds(5);

    private final Clock machine;
    private final LongSupplier nanoTime;
    private Instant reference;
    private long referenceNanos;
    private Duration behind = Duration.ZERO;

    SteadyClock() {
        this(Clock.systemUTC(), System::nanoTime);
    }

    /**
     * @param machine may jump
     * @param nanoTime the monotonic clock
     */
    SteadyClock(Clock machine, LongSupplier nanoTime) {
        this.machine = machine;
        this.nanoTime = nanoTime;
        this.reference = machine.instant();
        this.referenceNanos = nanoTime.getAsLong();
    }

    @Override
    public synchronized Instant instant() {
        Instant steady = reference.plusNanos(nanoTime.getAsLong() - referenceNanos);
        Instant stated = machine.instant();
        Duration ahead = Duration.between(steady, stated);
        logJump(ahead);
        if (ahead.isNegative()) {
            return steady;
        }
        reference = stated;
        referenceNanos = nanoTime.getAsLong();
        return stated;
    }

    private void logJump(Duration ahead) {
        if (ahead.compareTo(JUMP) > 0) {
            LOG.warnf("this machine's clock jumped forward by %s; due times follow it", text(ahead));
        }
        Duration nowBehind = ahead.isNegative() ? ahead.negated() : Duration.ZERO;
        if (nowBehind.minus(behind).compareTo(JUMP) > 0) {
            LOG.warnf(
                    "this machine's clock was set back by %s; due times and leases continue without it until the next"
                            + " start",
                    text(nowBehind.minus(behind)));
        }
        behind = nowBehind;
    }

    private static String text(Duration duration) {
        return Durations.text(Duration.ofSeconds(duration.toSeconds()));
    }

    /** Always UTC. */
    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }
}
