package org.exportrelay.cli;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import org.exportrelay.config.DurationConverter;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A point in time: a day, a time in UTC, or how long ago. */
final class TimeOption implements ITypeConverter<Instant> {

    static final String FORMS = "2026-02-17, 2026-02-17T15:30:00Z (UTC), or how long ago, such as 12h or 3d";

    @Override
    public Instant convert(String value) {
        try {
            return value.matches("\\d+[smhd]")
                    ? Instant.now().minus(new DurationConverter().convert(value))
                    : absolute(value);
        } catch (DateTimeException | ArithmeticException e) {
            throw new TypeConversionException("'" + value + "' is not a time; write " + FORMS);
        }
    }

    private static Instant absolute(String value) {
        return value.length() == "2026-02-17".length()
                ? LocalDate.parse(value).atStartOfDay(ZoneOffset.UTC).toInstant()
                : Instant.parse(value);
    }
}
