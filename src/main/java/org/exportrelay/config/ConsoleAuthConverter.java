package org.exportrelay.config;

import org.eclipse.microprofile.config.spi.Converter;

/** Reads {@code none} and {@code basic}. */
public final class ConsoleAuthConverter implements Converter<ConsoleAuth> {

    private static final long serialVersionUID = 1L;

    @Override
    public ConsoleAuth convert(String value) {
        return switch (value.strip()) {
            case "none" -> ConsoleAuth.NONE;
            case "basic" -> ConsoleAuth.BASIC;
            default -> throw new IllegalArgumentException("not a login method; write none or basic");
        };
    }
}
