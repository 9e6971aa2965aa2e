package org.exportrelay.api;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpMessage;
import org.exportrelay.config.Durations;

/** The header {@code Retry-After}: seconds, or a date (RFC 9110, 10.2.3). */
public final class RetryAfter {

    /** What is longer is no wait that any caller could use, and overflows arithmetic. */
    private static final Duration LONGEST = Duration.ofDays(365);

    private static final int MOST_DIGITS = 12;

    private RetryAfter() {}

    /**
     * The wait that an answer requests.
     *
     * @param now to compare a date with, if the answer itself has none
     * @return from zero to a year; empty if the header is missing or malformed
     */
    public static Optional<Duration> of(HttpMessage answer, Instant now) {
        return parse(value(answer, HttpHeaders.RETRY_AFTER), value(answer, HttpHeaders.DATE), now);
    }

    private static String value(HttpMessage answer, String name) {
        Header header = answer.getFirstHeader(name);
        return header == null ? null : header.getValue();
    }

    /**
     * The same server states both dates, so their difference is right, however wrong its clock or this machine's is.
     *
     * @param value of the header; null if there is none
     * @param answered the header {@code Date} of the same answer; null if there is none
     * @param now to compare a date with, if the answer itself has none
     * @return the wait, from zero to a year; empty if the header is missing or malformed
     */
    public static Optional<Duration> parse(String value, String answered, Instant now) {
        String text = value == null ? "" : value.strip();
        if (text.matches("\\d{1," + MOST_DIGITS + "}")) {
            return Optional.of(bounded(Duration.ofSeconds(Long.parseLong(text))));
        }
        return date(text).map(date -> bounded(Duration.between(date(answered).orElse(now), date)));
    }

    private static Optional<Instant> date(String text) {
        try {
            return text == null
                    ? Optional.empty()
                    : Optional.of(DateTimeFormatter.RFC_1123_DATE_TIME.parse(text.strip(), Instant::from));
        } catch (DateTimeParseException notADate) {
            return Optional.empty();
        }
    }

    private static Duration bounded(Duration wait) {
        if (wait.isNegative()) {
            return Duration.ZERO;
        }
        return Durations.shorter(wait, LONGEST);
    }
}
