package org.exportrelay.cli;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.exportrelay.config.Durations;

/** Points in time for people: in UTC, with their distance from now. */
final class TimeText {

    private static final DateTimeFormatter UTC =
            DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss'Z'").withZone(ZoneOffset.UTC);

    private TimeText() {}

    /** Such as {@code 2026-02-17 16:00:03Z (3h 12m ago)}, or {@code (in 5m)}. */
    static String of(Instant at, Instant now) {
        return UTC.format(at) + " ("
                + (at.isAfter(now)
                        ? "in " + Durations.rounded(Duration.between(now, at))
                        : Durations.rounded(Duration.between(at, now)) + " ago")
                + ")";
    }

    /** The largest unit of an age: {@code 3h}; {@code -} for null. */
    static String age(Instant since, Instant now) {
        return since == null
                ? "-"
                : Durations.rounded(Duration.between(since, now)).replaceFirst(" .*", "");
    }
}
