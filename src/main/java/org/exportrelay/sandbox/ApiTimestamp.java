package org.exportrelay.sandbox;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Timestamps as the API writes them: ISO 8601, UTC. */
final class ApiTimestamp {

    /** Always three digits of milliseconds, as in the documentation's example. */
    private static final DateTimeFormatter FORMAT =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private ApiTimestamp() {}

    static String text(Instant instant) {
        return FORMAT.format(instant);
    }
}
