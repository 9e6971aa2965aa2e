package org.exportrelay.config;

import org.eclipse.microprofile.config.spi.Converter;

/** Reads an {@link AllowedHost} setting. */
public final class AllowedHostConverter implements Converter<AllowedHost> {

    private static final long serialVersionUID = 1L;

    @Override
    public AllowedHost convert(String value) {
        return AllowedHost.parse(value);
    }
}
