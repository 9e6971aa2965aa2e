package org.exportrelay.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** When the ledger has worked for long enough. */
class LedgerFailuresTest {

    private static final Duration TIME = Duration.ofMinutes(1);

    private final AtomicLong nanos = new AtomicLong();
    private final LedgerFailures failures = new LedgerFailures(nanos::get);

    @Test
    void aLedgerThatHasNotFailedSinceTheStartHasWorkedForLongEnough() {
        assertThat(failures.hasNoneFor(TIME)).isTrue();
    }

    @Test
    void aLedgerThatFailsHasNotAndNeitherHasOneThatWorksAgainForLessThanTheTime() {
        failures.failed("renew the leases", new SQLException("the server is away"));
        nanos.addAndGet(TIME.multipliedBy(2).toNanos());
        assertThat(failures.hasNoneFor(TIME)).isFalse();
        failures.failed("renew the leases", new SQLException("the server is away"));
        failures.succeeded("renew the leases");
        nanos.addAndGet(TIME.minusSeconds(1).toNanos());
        assertThat(failures.hasNoneFor(TIME)).isFalse();
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        assertThat(failures.hasNoneFor(TIME)).isTrue();
    }
}
