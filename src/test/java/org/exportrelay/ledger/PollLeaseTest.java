package org.exportrelay.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** One of several instances polls. */
class PollLeaseTest extends LedgerTest {

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
        assertThat(two.begin(period, false)).isTrue();
        assertThat(one.begin(period, false)).isFalse();
    }

    @Test
    void aDeadPollerIsReplacedWithinTwoPeriodsAndAPausedOneHasLostItsLease() {
        PollLease paused = new PollLease(database, "paused", clock);
        PollLease other = new PollLease(database, "other", clock);
        Duration period = Duration.ofSeconds(60);
        assertThat(paused.begin(period, false)).isTrue();
        clock.advance(Duration.ofSeconds(30));
        assertThat(paused.renew()).isTrue();
        clock.advance(Duration.ofSeconds(60));
        assertThat(other.begin(period, false)).isTrue();
        assertThat(paused.renew()).isFalse();
        assertThat(other.renew()).isTrue();
    }
}
