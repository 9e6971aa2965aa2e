package org.exportrelay.config;

import org.eclipse.microprofile.config.spi.Converter;

/** Reads {@code none}, {@code basic} and {@code oidc}. */
public final class ConsoleAuthConverter implements Converter<ConsoleAuth> {

    private static final long serialVersionUID = 1L;

    @Override
    public ConsoleAuth convert(String value) {
        return switch (value.strip()) {
            case "none" -> ConsoleAuth.NONE;
            case "basic" -> ConsoleAuth.BASIC;
            case "oidc" -> ConsoleAuth.OIDC;
            default -> throw new IllegalArgumentException("not a login method; write none, basic or oidc");
        };
    }
}
