package org.exportrelay.config;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;

/** A point in time as operators write it: a day, a time in UTC, or how long ago. */
public final class PointInTime {

    public static final String FORMS = "2026-02-17, 2026-02-17T15:30:00Z (UTC), or how long ago, such as 12h or 3d";

    private static final int DAY_LENGTH = "2026-02-17".length();
    private static final Instant LATEST = Instant.parse("9999-12-31T23:59:59Z");

    private PointInTime() {}

    /**
     * Reads one.
     *
     * @param now from which durations count back
     * @throws IllegalArgumentException for any other text; its message has the forms
     */
    public static Instant parse(String text, Instant now) {
        try {
            return inRange(
                    text.matches("\\d{1,9}[smhd]") ? now.minus(new DurationConverter().convert(text)) : absolute(text));
        } catch (DateTimeException | ArithmeticException e) {
            throw new IllegalArgumentException("'" + text + "' is not a time; write " + FORMS, e);
        }
    }

    /**
     * Reads the end of a period, which includes it: that of a day is its last millisecond.
     *
     * @param now from which durations count back
     * @throws IllegalArgumentException as for {@link #parse}
     */
    public static Instant parseEnd(String text, Instant now) {
        Instant time = parse(text, now);
        Instant end = isDay(text) ? time.plus(Duration.ofDays(1)).minusMillis(1) : time;
        return end.isAfter(LATEST) ? LATEST : end;
    }

    /** Of what a ledger can compare: nothing in it is older than {@link Instant#EPOCH}. */
    private static Instant inRange(Instant time) {
        if (time.isAfter(LATEST)) {
            throw new DateTimeException("after the year 9999");
        }
        return time.isBefore(Instant.EPOCH) ? Instant.EPOCH : time;
    }

    private static Instant absolute(String text) {
        return isDay(text) ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant() : Instant.parse(text);
    }

    private static boolean isDay(String text) {
        return text.length() == DAY_LENGTH && !text.matches("\\d{1,9}[smhd]");
    }
}
