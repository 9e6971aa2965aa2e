package org.exportrelay.json;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** Points in time as JSON has them: in UTC. */
public final class JsonInstant {

    private static final DateTimeFormatter MILLIS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private JsonInstant() {}

    /** With milliseconds; null for null. */
    public static String millis(Instant at) {
        return at == null ? null : MILLIS.format(at);
    }

    /** With as many digits as it has; null for null. */
    public static String exact(Instant at) {
        return at == null ? null : at.toString();
    }
}
