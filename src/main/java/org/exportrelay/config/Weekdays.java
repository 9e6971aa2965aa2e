package org.exportrelay.config;

import java.time.DayOfWeek;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Days of the week: {@code MON-FRI}, {@code SAT,SUN} or {@code MON,WED-FRI}. A range can pass the end of the week.
 *
 * @param days not empty
 */
public record Weekdays(Set<DayOfWeek> days) {

    public Weekdays {
        days = Set.copyOf(days);
    }

    /**
     * @throws IllegalArgumentException if the text has anything else
     */
    public static Weekdays parse(String text) {
        Set<DayOfWeek> days = EnumSet.noneOf(DayOfWeek.class);
        for (String part : text.split(",", -1)) {
            String[] ends = part.strip().split("-", -1);
            if (ends.length > 2) {
                throw invalid();
            }
            days.addAll(range(day(ends[0]), day(ends[ends.length - 1])));
        }
        return new Weekdays(days);
    }

    private static List<DayOfWeek> range(DayOfWeek first, DayOfWeek last) {
        List<DayOfWeek> range = new ArrayList<>(List.of(first));
        for (DayOfWeek day = first; day != last; ) {
            day = day.plus(1);
            range.add(day);
        }
        return range;
    }

    private static DayOfWeek day(String name) {
        return Stream.of(DayOfWeek.values())
                .filter(day -> day.name().substring(0, 3).equals(name.strip().toUpperCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(Weekdays::invalid);
    }

    private static IllegalArgumentException invalid() {
        return new IllegalArgumentException(
                "not days of the week; write MON, TUE, WED, THU, FRI, SAT and SUN, with commas"
                        + " and hyphens, such as MON-FRI or SAT,SUN");
    }
}
