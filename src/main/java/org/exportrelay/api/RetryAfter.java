package org.exportrelay.api;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/** The header {@code Retry-After}: seconds, or a date (RFC 9110, 10.2.3). */
public final class RetryAfter {

    /** What is longer is no wait that any caller could use, and overflows arithmetic. */
    private static final Duration LONGEST = Duration.ofDays(365);

    private static final int MOST_DIGITS = 12;

    private RetryAfter() {}

    /**
     * @param value of the header; null if there is none
     * @param now to compare a date with
     * @return the wait, from zero to a year; empty if the header is missing or malformed
     */
    public static Optional<Duration> parse(String value, Instant now) {
        String text = value == null ? "" : value.strip();
        if (text.matches("\\d{1," + MOST_DIGITS + "}")) {
            return Optional.of(bounded(Duration.ofSeconds(Long.parseLong(text))));
        }
        try {
            Instant date = DateTimeFormatter.RFC_1123_DATE_TIME.parse(text, Instant::from);
            return Optional.of(bounded(Duration.between(now, date)));
        } catch (DateTimeParseException neitherSecondsNorDate) {
            return Optional.empty();
        }
    }

    private static Duration bounded(Duration wait) {
        if (wait.isNegative()) {
            return Duration.ZERO;
        }
        return wait.compareTo(LONGEST) > 0 ? LONGEST : wait;
    }
}
