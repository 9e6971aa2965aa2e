package org.exportrelay.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import org.exportrelay.config.Weekdays;
import org.exportrelay.runtime.Deadlines.Deadline;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Deadlines are at the time of a wall clock, also where and when that clock is changed. */
class DeadlinesTest {

    @ParameterizedTest
    @CsvSource({
        // Winter and summer.
        "06:00, Europe/Berlin, 2026-02-17T04:59:59Z, 2026-02-17T05:00:00Z",
        "06:00, Europe/Berlin, 2026-02-17T05:00:00Z, 2026-02-18T05:00:00Z",
        "06:00, Europe/Berlin, 2026-07-01T00:00:00Z, 2026-07-01T04:00:00Z",
        // The clock is set forward at 02:00: 02:30 does not exist, and 06:00 is an hour sooner.
        "02:30, Europe/Berlin, 2026-03-28T12:00:00Z, 2026-03-29T01:30:00Z",
        "06:00, Europe/Berlin, 2026-03-28T12:00:00Z, 2026-03-29T04:00:00Z",
        // It is set back at 03:00: 02:30 occurs twice, and 06:00 is an hour later.
        "02:30, Europe/Berlin, 2026-10-24T12:00:00Z, 2026-10-25T00:30:00Z",
        "02:30, Europe/Berlin, 2026-10-25T00:30:00Z, 2026-10-26T01:30:00Z",
        "06:00, Europe/Berlin, 2026-10-24T12:00:00Z, 2026-10-25T05:00:00Z",
        // The same in the west, on other days.
        "02:30, America/New_York, 2026-03-08T05:00:00Z, 2026-03-08T07:30:00Z",
        "01:30, America/New_York, 2026-11-01T04:00:00Z, 2026-11-01T05:30:00Z",
        // Far from UTC, and half an hour of change.
        "00:15, Pacific/Kiritimati, 2026-02-17T10:00:00Z, 2026-02-17T10:15:00Z",
        "23:45, Pacific/Pago_Pago, 2026-02-17T10:00:00Z, 2026-02-17T10:45:00Z",
        "02:15, Australia/Lord_Howe, 2026-10-03T12:00:00Z, 2026-10-03T15:45:00Z"
    })
    void theNextIsTheFirstAfterATime(LocalTime by, ZoneId zone, Instant time, Instant next) {
        Deadlines deadlines = new Deadlines(by, zone, Weekdays.parse("MON-SUN"));
        assertThat(deadlines.after(time).at()).isEqualTo(next);
        assertThat(deadlines.until(next).at()).isEqualTo(next);
        assertThat(deadlines.until(next.minusMillis(1)).at()).isBeforeOrEqualTo(time);
    }

    @ParameterizedTest
    @CsvSource({
        "2026-03-29T01:30:00Z, 24",
        "2026-03-30T00:30:00Z, 23",
        "2026-10-25T00:30:00Z, 24",
        "2026-10-26T01:30:00Z, 25"
    })
    void dailyDeadlinesLeaveNoTimeBetweenThemOut(Instant at, long hours) {
        Deadlines deadlines = new Deadlines(LocalTime.of(2, 30), ZoneId.of("Europe/Berlin"), Weekdays.parse("MON-SUN"));
        Deadline deadline = deadlines.until(at);
        assertThat(deadline.at()).isEqualTo(at);
        assertThat(deadline.from()).isEqualTo(deadlines.until(at.minusMillis(1)).at());
        assertThat(deadline.lateUntil()).isEqualTo(deadlines.after(at).at());
        assertThat(Duration.between(deadline.from(), at)).hasHours(hours);
    }

    @Test
    void daysAreThoseOfTheTimeZone() {
        Deadlines weekdays = new Deadlines(LocalTime.of(8, 0), ZoneId.of("Asia/Tokyo"), Weekdays.parse("MON-FRI"));
        // Friday 2026-02-20 08:00 in Tokyo is Thursday 23:00 in UTC.
        Instant friday = Instant.parse("2026-02-19T23:00:00Z");
        assertThat(weekdays.after(friday.minusSeconds(1)).at()).isEqualTo(friday);
        assertThat(weekdays.after(friday).at()).isEqualTo(Instant.parse("2026-02-22T23:00:00Z"));
        assertThat(weekdays.until(Instant.parse("2026-02-22T12:00:00Z")).at()).isEqualTo(friday);
        // What came on Saturday is late for Friday, and too early for Monday.
        assertThat(weekdays.until(friday).lateUntil()).isEqualTo(Instant.parse("2026-02-20T23:00:00Z"));
        assertThat(weekdays.after(friday).from()).isEqualTo(Instant.parse("2026-02-21T23:00:00Z"));
    }
}
