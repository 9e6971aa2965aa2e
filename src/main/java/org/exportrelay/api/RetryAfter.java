package org.exportrelay.api;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/** The header {@code Retry-After}: seconds, or a date (RFC 9110, 10.2.3). */
public final class RetryAfter {

    private static final int MOST_DIGITS = 6;

    private RetryAfter() {}

    /**
     * @param value of the header; null if there is none
     * @param now to compare a date with
     * @return the wait, zero or longer; empty if the header is missing or malformed
     */
    public static Optional<Duration> parse(String value, Instant now) {
        String text = value == null ? "" : value.strip();
        if (text.matches("\\d{1," + MOST_DIGITS + "}")) {
            return Optional.of(Duration.ofSeconds(Long.parseLong(text)));
        }
        try {
            Duration wait = Duration.between(now, DateTimeFormatter.RFC_1123_DATE_TIME.parse(text, Instant::from));
            return Optional.of(wait.isNegative() ? Duration.ZERO : wait);
        } catch (DateTimeParseException neitherSecondsNorDate) {
            return Optional.empty();
        }
    }
}
