package org.exportrelay.config;

import java.time.Duration;

/** Compares durations, and writes them the way settings and log lines carry them. */
public final class Durations {

    private Durations() {}

    public static Duration shorter(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    public static Duration longer(Duration one, Duration other) {
        return one.compareTo(other) > 0 ? one : other;
    }

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

    /** Rounded down to its two largest units: {@code 2d 3h}, {@code 3h 12m}, {@code 45s}. */
    public static String rounded(Duration duration) {
        long days = duration.toDays();
        if (days > 0) {
            return days + "d" + part(duration.toHoursPart(), "h");
        }
        if (duration.toHours() > 0) {
            return duration.toHours() + "h" + part(duration.toMinutesPart(), "m");
        }
        return duration.toMinutes() > 0
                ? duration.toMinutes() + "m" + part(duration.toSecondsPart(), "s")
                : duration.toSeconds() + "s";
    }

    private static String part(int amount, String unit) {
        return amount == 0 ? "" : " " + amount + unit;
    }
}
