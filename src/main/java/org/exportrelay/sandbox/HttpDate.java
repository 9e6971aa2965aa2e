package org.exportrelay.sandbox;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Dates as HTTP headers carry them. */
final class HttpDate {

    /** Two digits for the day, unlike the JDK's own RFC 1123 format. */
    private static final DateTimeFormatter FORMAT = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
            .withZone(ZoneOffset.UTC);

    private HttpDate() {}

    /** Whole seconds: {@code Tue, 17 Feb 2026 12:00:00 GMT}. */
    static String text(Instant instant) {
        return FORMAT.format(instant);
    }
}
