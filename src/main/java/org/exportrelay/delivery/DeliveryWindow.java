package org.exportrelay.delivery;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.exportrelay.config.LocalTimeConverter;
import org.exportrelay.config.TimeZoneConverter;
import org.exportrelay.config.Weekdays;

/**
 * When a destination receives deliveries: one or more times of the day in a time zone, such as {@code 22:00-06:00
 * Europe/Berlin} or {@code MON-FRI 22:00-06:00, SAT,SUN 00:00-24:00 Europe/Berlin}. An end that is not after its beginning is
 * on the next day; the days of the week are those of the beginning. Where the clock skips a time, it is as much later as the
 * clock was set forward; where a time occurs twice, the first occurrence counts.
 */
public final class DeliveryWindow {

    private static final Pattern PERIOD = Pattern.compile("(?:(\\D+) )?(\\d\\d:\\d\\d) ?- ?(\\d\\d:\\d\\d)");
    /** Days have commas too, but end in a letter. */
    private static final Pattern COMMA = Pattern.compile("(?<=\\d) ?, ?");

    private static final String END_OF_DAY = "24:00";
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm", Locale.ROOT);
    private static final Duration DAY = Duration.ofDays(1);

    private final String text;
    private final List<Period> periods;
    private final ZoneId zone;

    private DeliveryWindow(String text, List<Period> periods, ZoneId zone) {
        this.text = text;
        this.periods = periods;
        this.zone = zone;
    }

    /**
     * Reads {@code [DAYS] HH:MM-HH:MM[, [DAYS] HH:MM-HH:MM]… ZONE}.
     *
     * @throws IllegalArgumentException if the text has another form; the message has an example
     */
    public static DeliveryWindow parse(String text) {
        String plain = text.strip().replaceAll("\\s+", " ");
        int end = plain.lastIndexOf(' ');
        if (end < 0 || PERIOD.matcher(plain.substring(end + 1)).matches()) {
            throw invalid();
        }
        ZoneId zone = new TimeZoneConverter().convert(plain.substring(end + 1));
        List<Period> periods = Stream.of(COMMA.split(plain.substring(0, end), -1))
                .map(DeliveryWindow::period)
                .toList();
        return new DeliveryWindow(plain, periods, zone);
    }

    private static Period period(String text) {
        Matcher parts = PERIOD.matcher(text);
        if (!parts.matches()) {
            throw invalid();
        }
        LocalTimeConverter times = new LocalTimeConverter();
        boolean isToMidnight = parts.group(3).equals(END_OF_DAY);
        Period period = new Period(
                Weekdays.parse(parts.group(1) == null ? "MON-SUN" : parts.group(1)),
                times.convert(parts.group(2)),
                isToMidnight ? LocalTime.MIDNIGHT : times.convert(parts.group(3)));
        if (period.from().equals(period.until()) && !isToMidnight) {
            throw new IllegalArgumentException(
                    text + " ends when it begins; for a whole day, write 00:00-24:00, or remove the window");
        }
        return period;
    }

    private static IllegalArgumentException invalid() {
        return new IllegalArgumentException("not a window; write times of the day and a time zone, such as 22:00-06:00"
                + " Europe/Berlin or MON-FRI 22:00-06:00 Europe/Berlin");
    }

    /** When it opens next; empty while it is open. */
    public Optional<Instant> opensAt(Instant now) {
        LocalDate today = LocalDate.ofInstant(now, zone);
        boolean isOpen =
                Stream.of(today.minusDays(1), today).flatMap(this::openings).anyMatch(opening -> opening.contains(now));
        return isOpen
                ? Optional.empty()
                : Stream.iterate(today, day -> day.plusDays(1))
                        .flatMap(day -> openings(day).map(Opening::from).sorted())
                        .filter(now::isBefore)
                        .findFirst();
    }

    /** How long it is open between two times; zero if the second is not after the first. */
    public Duration openBetween(Instant from, Instant until) {
        Duration open = Duration.ZERO;
        Instant counted = from;
        Iterator<Opening> openings = openingsSince(from);
        for (Opening next = openings.next(); next.from().isBefore(until); next = openings.next()) {
            Instant begin = later(next.from(), counted);
            Instant end = next.until().isBefore(until) ? next.until() : until;
            if (begin.isBefore(end)) {
                open = open.plus(Duration.between(begin, end));
                counted = end;
            }
        }
        return open;
    }

    /**
     * When it has been open for some time since another time.
     *
     * @param open not negative
     */
    public Instant afterOpen(Instant from, Duration open) {
        Duration left = open;
        Instant counted = from;
        Iterator<Opening> openings = openingsSince(from);
        while (true) {
            Opening next = openings.next();
            Instant begin = later(next.from(), counted);
            if (!begin.plus(left).isAfter(next.until())) {
                return begin.plus(left);
            }
            if (begin.isBefore(next.until())) {
                left = left.minus(Duration.between(begin, next.until()));
                counted = next.until();
            }
        }
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    /** Without an end, in the order in which they begin; they may overlap. Begins with those that may not have ended. */
    private Iterator<Opening> openingsSince(Instant from) {
        return Stream.iterate(LocalDate.ofInstant(from, zone).minusDays(1), day -> day.plusDays(1))
                .flatMap(day -> openings(day).sorted(Comparator.comparing(Opening::from)))
                .iterator();
    }

    /** Those that begin on a day. None ends before it begins, which a time that the clock skips could cause. */
    private Stream<Opening> openings(LocalDate day) {
        return periods.stream()
                .filter(period -> period.days().days().contains(day.getDayOfWeek()))
                .map(period -> new Opening(
                        at(day, period.from()),
                        at(period.until().isAfter(period.from()) ? day : day.plusDays(1), period.until())))
                .filter(opening -> opening.from().isBefore(opening.until()));
    }

    private Instant at(LocalDate day, LocalTime time) {
        return ZonedDateTime.of(day, time, zone).toInstant();
    }

    /** A time of the day where the window is, such as {@code 22:00 (Europe/Berlin)}; with the day if it is not within a day. */
    public String text(Instant at, Instant now) {
        ZonedDateTime there = at.atZone(zone);
        String day =
                at.isBefore(now.plus(DAY)) ? "" : there.getDayOfWeek().name().substring(0, 3) + " ";
        return day + TIME.format(there) + " (" + zone + ")";
    }

    /** As {@link #parse} reads it. */
    @Override
    public String toString() {
        return text;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DeliveryWindow window && window.text.equals(text);
    }

    @Override
    public int hashCode() {
        return text.hashCode();
    }

    private record Period(Weekdays days, LocalTime from, LocalTime until) {}

    private record Opening(Instant from, Instant until) {

        boolean contains(Instant time) {
            return !time.isBefore(from) && time.isBefore(until);
        }
    }
}
