package org.exportrelay.cli;

import java.time.Instant;
import java.util.function.BiFunction;
import org.exportrelay.config.PointInTime;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A point in time: a day, which means its start, a time in UTC, or how long ago. */
final class TimeOption implements ITypeConverter<Instant> {

    static final String FORMS = PointInTime.FORMS;

    @Override
    public Instant convert(String value) {
        return converted(value, PointInTime::parse);
    }

    private static Instant converted(String value, BiFunction<String, Instant, Instant> parser) {
        try {
            return parser.apply(value, Instant.now());
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }

    /** The end of a period, in the same forms: a day means its end. */
    static final class End implements ITypeConverter<Instant> {

        @Override
        public Instant convert(String value) {
            return converted(value, PointInTime::parseEnd);
        }
    }
}
