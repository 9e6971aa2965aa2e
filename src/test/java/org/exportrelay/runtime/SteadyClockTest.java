package org.exportrelay.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicLong;
import org.exportrelay.testing.SettableClock;
import org.junit.jupiter.api.Test;

class SteadyClockTest {

    private static final Instant START = Instant.parse("2026-02-17T16:00:00Z");

    private final SettableClock machine = new SettableClock(START);
    private final AtomicLong nanos = new AtomicLong();
    private final SteadyClock clock = new SteadyClock(machine, nanos::get);

    @Test
    void followsTheMachinesClock() {
        pass(Duration.ofSeconds(90));
        assertThat(clock.instant()).isEqualTo(START.plusSeconds(90));
    }

    @Test
    void continuesWhereTheMachinesClockIsSetBack() {
        pass(Duration.ofSeconds(10));
        clock.instant();
        machine.advance(Duration.ofHours(-1));
        assertThat(clock.instant()).isEqualTo(START.plusSeconds(10));
        pass(Duration.ofSeconds(30));
        assertThat(clock.instant()).isEqualTo(START.plusSeconds(40));
    }

    @Test
    void continuesWhereTheClockIsSetBackAgainAndAgain() {
        for (int i = 1; i <= 5; i++) {
            machine.advance(Duration.ofSeconds(-30));
            pass(Duration.ofSeconds(1));
            assertThat(clock.instant()).isEqualTo(START.plusSeconds(i));
        }
    }

    @Test
    void followsAJumpForwardAsAfterASuspend() {
        machine.advance(Duration.ofHours(8));
        assertThat(clock.instant()).isEqualTo(START.plus(Duration.ofHours(8)));
    }

    @Test
    void followsTheMachinesClockAgainOnceThatHasCaughtUp() {
        machine.advance(Duration.ofMinutes(-1));
        clock.instant();
        machine.advance(Duration.ofMinutes(2));
        assertThat(clock.instant()).isEqualTo(START.plusSeconds(60));
    }

    private void pass(Duration time) {
        machine.advance(time);
        nanos.addAndGet(time.toNanos());
    }
}
