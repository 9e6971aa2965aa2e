package org.exportrelay.config;

import java.time.Duration;

/** Writes durations the way settings and log lines carry them. */
public final class Durations {

    private Durations() {}

    /** The largest unit that states the duration without a fraction: {@code 90s}, {@code 15m}. */
    public static String text(Duration duration) {
        long millis = duration.toMillis();
        if (millis % 1000 != 0) {
            return millis + "ms";
        }
        long seconds = millis / 1000;
        if (seconds == 0 || seconds % 60 != 0) {
            return seconds + "s";
        }
        if (seconds % 86_400 == 0) {
            return seconds / 86_400 + "d";
        }
        return seconds % 3600 == 0 ? seconds / 3600 + "h" : seconds / 60 + "m";
    }
}
