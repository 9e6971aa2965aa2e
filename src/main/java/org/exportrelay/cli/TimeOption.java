package org.exportrelay.cli;

import java.time.Instant;
import org.exportrelay.config.PointInTime;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A point in time: a day, a time in UTC, or how long ago. */
final class TimeOption implements ITypeConverter<Instant> {

    static final String FORMS = PointInTime.FORMS;

    @Override
    public Instant convert(String value) {
        try {
            return PointInTime.parse(value, Instant.now());
        } catch (IllegalArgumentException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
