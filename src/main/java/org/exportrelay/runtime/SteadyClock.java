package org.exportrelay.runtime;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.function.LongSupplier;
import org.exportrelay.api.MonotonicClock;
import org.exportrelay.config.Durations;
import org.exportrelay.log.LogEvent;
import org.jboss.logging.Logger;

/**
 * This machine's time, which never goes back: due times and leases in the ledger follow it. When the machine's clock is
 * set back, it continues with the monotonic clock; when that is set forward, or the machine was suspended, it follows.
 * Both are logged. Thread-safe.
 */
final class SteadyClock extends MonotonicClock {

    private static final Logger LOG = Logger.getLogger(SteadyClock.class);
    /** Time servers correct less than this without an operator's doing. */
    private static final Duration JUMP = Duration.ofSeconds(5);

    private final Clock machine;
    private Duration behind = Duration.ZERO;

    SteadyClock() {
        this(Clock.systemUTC(), System::nanoTime);
    }

    /**
     * @param machine may jump
     * @param nanoTime the monotonic clock
     */
    SteadyClock(Clock machine, LongSupplier nanoTime) {
        super(machine.instant(), nanoTime);
        this.machine = machine;
    }

    @Override
    public synchronized Instant instant() {
        Instant steady = super.instant();
        Instant stated = machine.instant();
        Duration ahead = Duration.between(steady, stated);
        logJump(ahead);
        if (ahead.isNegative()) {
            return steady;
        }
        set(stated);
        return stated;
    }

    private void logJump(Duration ahead) {
        if (ahead.compareTo(JUMP) > 0) {
            LogEvent.CLOCK_JUMPED_FORWARD
                    .on(LOG)
                    .warnf("this machine's clock jumped forward by %s; due times follow it", Durations.rounded(ahead));
        }
        Duration nowBehind = ahead.isNegative() ? ahead.negated() : Duration.ZERO;
        if (nowBehind.minus(behind).compareTo(JUMP) > 0) {
            LogEvent.CLOCK_SET_BACK
                    .on(LOG)
                    .warnf(
                            "this machine's clock was set back by %s; due times and leases continue without it until the next"
                                    + " start",
                            Durations.rounded(nowBehind.minus(behind)));
        }
        behind = nowBehind;
    }
}
