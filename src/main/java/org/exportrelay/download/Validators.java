package org.exportrelay.download;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpMessage;

/**
 * Proves that two answers are parts of the same object (RFC 9110, 8.8 and 13.1.5): by a strong ETag, or by a date of
 * last change that was well past at the time of the answer.
 */
final class Validators {

    /** An object that was changed so recently may change again under the same date. */
    private static final Duration SETTLED = Duration.ofMinutes(1);

    private static final Pattern CONTENT_RANGE = Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18})");

    private Validators() {}

    /** A value for {@code If-Range}; null if the answer has no validator that is strong enough. */
    static String of(HttpMessage answer) {
        String etag = text(answer, HttpHeaders.ETAG);
        if (etag != null) {
            return etag.startsWith("\"") ? etag : null;
        }
        Instant changed = date(answer, HttpHeaders.LAST_MODIFIED);
        Instant answered = date(answer, HttpHeaders.DATE);
        boolean settled = changed != null && answered != null && !answered.isBefore(changed.plus(SETTLED));
        return settled ? text(answer, HttpHeaders.LAST_MODIFIED) : null;
    }

    /** Whether a 206 continues a partial file: same object, same length, from the first missing byte. */
    static boolean continues(HttpMessage answer, PartialFile partial, long from) {
        String range = text(answer, HttpHeaders.CONTENT_RANGE);
        Matcher bytes = CONTENT_RANGE.matcher(range == null ? "" : range);
        return bytes.matches()
                && Long.parseLong(bytes.group(1)) == from
                && Long.parseLong(bytes.group(2)) == partial.total() - 1
                && Long.parseLong(bytes.group(3)) == partial.total()
                && partial.validator().equals(of(answer));
    }

    private static Instant date(HttpMessage answer, String name) {
        String value = text(answer, name);
        try {
            return value == null ? null : DateTimeFormatter.RFC_1123_DATE_TIME.parse(value, Instant::from);
        } catch (DateTimeParseException notADate) {
            return null;
        }
    }

    private static String text(HttpMessage answer, String name) {
        Header header = answer.getFirstHeader(name);
        return header == null ? null : header.getValue();
    }
}
