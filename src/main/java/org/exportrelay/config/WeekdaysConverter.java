package org.exportrelay.config;

import org.eclipse.microprofile.config.spi.Converter;

/** Reads a {@link Weekdays} setting. */
public final class WeekdaysConverter implements Converter<Weekdays> {

    private static final long serialVersionUID = 1L;

    @Override
    public Weekdays convert(String value) {
        return Weekdays.parse(value);
    }
}
