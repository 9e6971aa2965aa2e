package org.exportrelay.config;

import java.time.LocalTime;
import java.time.format.DateTimeParseException;
import org.eclipse.microprofile.config.spi.Converter;

/** Reads a time of the day: {@code 06:00}. */
public final class LocalTimeConverter implements Converter<LocalTime> {

    private static final long serialVersionUID = 1L;

    /**
     * @throws IllegalArgumentException if the value is not a time of the day
     */
    @Override
    public LocalTime convert(String value) {
        try {
            return LocalTime.parse(value.strip());
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException("not a time of the day; write HH:MM from 00:00 to 23:59, such as 06:00");
        }
    }
}
