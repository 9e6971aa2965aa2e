package org.exportrelay.destinations.table;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.TemporalAccessor;
import java.util.Locale;
import java.util.Set;
import org.exportrelay.config.Counts;
import org.exportrelay.records.BadRecordsException;

/**
 * The value of a field as the column takes it. Databases convert text by rules of their own, and some keep what they
 * cannot convert; so that a bad value is found at its record, the relay converts it.
 */
final class ColumnValue {

    private static final int LONGEST_VALUE_IN_MESSAGE = 60;
    /** More than any column stores. Drivers write numbers out: 1E999999999 would be a text of 1 GB. */
    private static final int MOST_DIGITS = 1_000;

    private static final Set<String> TRUE = Set.of("true", "t", "yes", "y", "on", "1");
    private static final Set<String> FALSE = Set.of("false", "f", "no", "n", "off", "0");

    /** ISO 8601 with T or a space, and with an offset or without. */
    private static final DateTimeFormatter TIMESTAMP = new DateTimeFormatterBuilder()
            .append(DateTimeFormatter.ISO_LOCAL_DATE)
            .optionalStart()
            .appendPattern("['T'][' ']")
            .append(DateTimeFormatter.ISO_LOCAL_TIME)
            .optionalStart()
            .appendOffset("+HH:mm", "Z")
            .toFormatter(Locale.ROOT);

    private ColumnValue() {}

    /**
     * @param value not empty, unless the column is text
     * @param file for the message
     * @param record its number, 1 or more
     * @throws BadRecordsException if the column does not take the value
     */
    static Object of(String value, TableColumn column, String file, long record) {
        try {
            return switch (column.family()) {
                case TEXT, OTHER -> value;
                case WHOLE_NUMBER -> Long.valueOf(value.strip());
                case UNSIGNED_BIGINT -> unsigned(value.strip());
                case DECIMAL -> decimal(value.strip());
                case FLOAT -> finite(decimal(value.strip()).doubleValue());
                case BOOLEAN -> truth(value.strip().toLowerCase(Locale.ROOT));
                case BOOLEAN_NUMBER -> truthOrNumber(value.strip().toLowerCase(Locale.ROOT));
                case DATE -> LocalDate.parse(value.strip());
                case TIME -> LocalTime.parse(value.strip());
                case TIMESTAMP -> timestamp(value.strip());
            };
        } catch (NumberFormatException | DateTimeException e) {
            throw new BadRecordsException("record " + Counts.grouped(record) + " of " + file + " has the value '"
                    + shortened(value) + "' in column " + column.name() + ", which is no "
                    + column.type().toLowerCase(Locale.ROOT) + "; correct the file or the column, then replay");
        }
    }

    private static BigDecimal decimal(String text) {
        requireFewDigits(text);
        BigDecimal number = new BigDecimal(text);
        if (number.scale() > MOST_DIGITS || number.scale() < -MOST_DIGITS) {
            throw new NumberFormatException(text);
        }
        return number;
    }

    /** The time of a conversion grows with the square of the digits. */
    private static void requireFewDigits(String text) {
        if (text.length() > 2 * MOST_DIGITS) {
            throw new NumberFormatException("too long");
        }
    }

    private static double finite(double number) {
        if (!Double.isFinite(number)) {
            throw new NumberFormatException("too large");
        }
        return number;
    }

    private static BigInteger unsigned(String text) {
        requireFewDigits(text);
        return new BigInteger(text);
    }

    private static long truthOrNumber(String word) {
        return TRUE.contains(word) ? 1 : FALSE.contains(word) ? 0 : Long.parseLong(word);
    }

    private static boolean truth(String word) {
        if (TRUE.contains(word)) {
            return true;
        }
        if (FALSE.contains(word)) {
            return false;
        }
        throw new NumberFormatException(word);
    }

    /** In UTC, as a value without an offset is taken to be. */
    private static LocalDateTime timestamp(String text) {
        TemporalAccessor parsed = TIMESTAMP.parseBest(text, OffsetDateTime::from, LocalDateTime::from, LocalDate::from);
        if (parsed instanceof OffsetDateTime time) {
            return time.withOffsetSameInstant(ZoneOffset.UTC).toLocalDateTime();
        }
        return parsed instanceof LocalDate date ? date.atStartOfDay() : (LocalDateTime) parsed;
    }

    private static String shortened(String value) {
        return value.length() <= LONGEST_VALUE_IN_MESSAGE ? value : value.substring(0, LONGEST_VALUE_IN_MESSAGE) + "…";
    }
}
