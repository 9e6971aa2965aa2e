package org.exportrelay.config;

import java.time.DateTimeException;
import java.time.ZoneId;
import org.eclipse.microprofile.config.spi.Converter;

/** Reads the name of a time zone: {@code Europe/Berlin}. */
public final class TimeZoneConverter implements Converter<ZoneId> {

    private static final long serialVersionUID = 1L;

    /**
     * @throws IllegalArgumentException if this Java knows no such time zone; the message has the nearest name
     */
    @Override
    public ZoneId convert(String value) {
        try {
            return ZoneId.of(value.strip());
        } catch (DateTimeException e) {
            throw new IllegalArgumentException("not a time zone; write "
                    + NearestName.of(value.strip(), ZoneId.getAvailableZoneIds())
                            .map(name -> name + ", if that is meant")
                            .orElse("its name in the IANA database, such as Europe/Berlin or UTC"));
        }
    }
}
