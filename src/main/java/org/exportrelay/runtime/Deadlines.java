package org.exportrelay.runtime;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import org.exportrelay.config.RelaySettings.Expectation;
import org.exportrelay.config.Weekdays;

/**
 * When something is due: at a time of the day, in a time zone. Where the clock skips that time, the deadline is as much
 * later as the clock was set forward; where it occurs twice, the first occurrence counts.
 *
 * @param by the time of the day
 * @param zone where
 * @param weekdays when
 */
record Deadlines(LocalTime by, ZoneId zone, Weekdays weekdays) {

    static Deadlines of(Expectation expectation) {
        return new Deadlines(expectation.by(), expectation.zone(), expectation.days());
    }

    /**
     * One deadline.
     *
     * @param from the same time on the day before: what is created earlier does not count
     * @param at when it passes
     * @param lateUntil the same time on the day after: what comes later is no longer late, but missing
     */
    record Deadline(Instant from, Instant at, Instant lateUntil) {}

    /** The first one after a time. */
    Deadline after(Instant time) {
        LocalDate day = LocalDate.ofInstant(time, zone).minusDays(1);
        while (!isDue(day) || !at(day).isAfter(time)) {
            day = day.plusDays(1);
        }
        return on(day);
    }

    /** The last one until a time, which may be the time itself. */
    Deadline until(Instant time) {
        LocalDate day = LocalDate.ofInstant(time, zone).plusDays(1);
        while (!isDue(day) || at(day).isAfter(time)) {
            day = day.minusDays(1);
        }
        return on(day);
    }

    private boolean isDue(LocalDate day) {
        return weekdays.days().contains(day.getDayOfWeek());
    }

    private Deadline on(LocalDate day) {
        return new Deadline(at(day.minusDays(1)), at(day), at(day.plusDays(1)));
    }

    private Instant at(LocalDate day) {
        return ZonedDateTime.of(day, by, zone).toInstant();
    }

    /** Such as {@code 06:00 Europe/Berlin}. */
    @Override
    public String toString() {
        return by + " " + zone;
    }
}
