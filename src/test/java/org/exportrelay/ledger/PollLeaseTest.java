package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One of several instances polls. */
class PollLeaseTest extends LedgerTest {

    private static final Duration PERIOD = Duration.ofMinutes(1);

    @Test
    void oneOfSeveralInstancesPolls() {
        PollLease one = new PollLease(database, "one", clock);
        PollLease two = new PollLease(database, "two", clock);
        Duration period = Duration.ofSeconds(60);
        assertThat(one.begin(period, false)).isTrue();
        assertThat(two.begin(period, false)).isFalse();
        one.end();
        assertThat(two.begin(period, false)).as("too early").isFalse();
        clock.advance(Duration.ofSeconds(55));
        assertThat(two.begin(period, false))
                .as("due, but for the one that polled last")
                .isFalse();
        clock.advance(Duration.ofSeconds(15));
        assertThat(two.begin(period, false)).isTrue();
        assertThat(one.begin(period, false)).isFalse();
    }

    @Test
    void theOneThatPolledLastComesFirstAlsoIfItIsALittleLate() {
        PollLease one = new PollLease(database, "one", clock);
        PollLease two = new PollLease(database, "two", clock);
        for (Duration period : List.of(PERIOD, Duration.ofSeconds(1))) {
            assertThat(one.begin(period, true)).isTrue();
            for (int i = 0; i < 20; i++) {
                one.end();
                for (int tenth = 0; tenth < 11; tenth++) {
                    assertThat(two.begin(period, false)).isFalse();
                    clock.advance(period.dividedBy(10));
                }
                assertThat(one.begin(period, false)).isTrue();
            }
            one.end();
        }
    }

    @Test
    void theOnlyProcessOnALedgerPollsAtOnceAfterItsPredecessorUnderAnotherName() {
        PollLease one = new PollLease(database, "one", clock);
        PollLease next = new PollLease(database, "next", clock);
        assertThat(one.begin(PERIOD, false)).isTrue();
        next.takeOver();
        assertThat(next.begin(PERIOD, false)).isTrue();
    }

    @Test
    void aDeadPollerIsReplacedWithinTwoPeriodsAndAPausedOneHasLostItsLease() {
        PollLease paused = new PollLease(database, "paused", clock);
        PollLease other = new PollLease(database, "other", clock);
        Duration period = Duration.ofSeconds(60);
        assertThat(paused.begin(period, false)).isTrue();
        clock.advance(Duration.ofSeconds(30));
        assertThat(paused.renew()).isTrue();
        clock.advance(Duration.ofSeconds(70));
        assertThat(other.begin(period, false)).isTrue();
        assertThat(paused.renew()).isFalse();
        assertThat(other.renew()).isTrue();
    }

    @Test
    void knowsForHowLongItHasPolledWithoutAnother() {
        AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1);
        PollLease one = new PollLease(database, "one", clock, nanos::get);
        PollLease two = new PollLease(database, "two", clock, nanos::get);
        assertThat(one.pollingFor()).isEmpty();
        assertThat(one.begin(PERIOD, false)).isTrue();
        pass(nanos, 10);
        assertThat(one.pollingFor()).as("while it polls").contains(Duration.ofSeconds(10));
        one.end();
        pass(nanos, 50);
        assertThat(one.begin(PERIOD, false)).isTrue();
        assertThat(one.pollingFor()).contains(PERIOD);
        // Without an end, as after an exception.
        pass(nanos, 60);
        assertThat(one.begin(PERIOD, false)).isTrue();
        one.end();
        assertThat(one.pollingFor()).contains(PERIOD.multipliedBy(2));
        assertThat(two.pollingFor()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aPollOfAnotherBeginsItsTimeAnew(boolean isEnded) {
        AtomicLong nanos = new AtomicLong();
        PollLease one = new PollLease(database, "one", clock, nanos::get);
        PollLease two = new PollLease(database, "two", clock, nanos::get);
        one.begin(PERIOD, false);
        if (isEnded) {
            one.end();
        }
        pass(nanos, 70);
        assertThat(two.begin(PERIOD, false)).isTrue();
        assertThat(one.pollingFor()).isEmpty();
        assertThat(two.pollingFor()).contains(Duration.ZERO);
        if (isEnded) {
            two.end();
        } else {
            one.end();
        }
        pass(nanos, 70);
        assertThat(one.begin(PERIOD, false)).isTrue();
        pass(nanos, 5);
        assertThat(one.pollingFor()).contains(Duration.ofSeconds(5));
        assertThat(two.pollingFor()).isEmpty();
    }

    private void pass(AtomicLong nanos, long seconds) {
        nanos.addAndGet(Duration.ofSeconds(seconds).toNanos());
        clock.advance(Duration.ofSeconds(seconds));
    }
}
