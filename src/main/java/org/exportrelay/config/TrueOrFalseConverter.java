package org.exportrelay.config;

import org.eclipse.microprofile.config.spi.Converter;

/** Reads {@code true} and {@code false} only: a misspelt one must not mean the opposite of what was meant. */
public final class TrueOrFalseConverter implements Converter<Boolean> {

    private static final long serialVersionUID = 1L;

    @Override
    public Boolean convert(String value) {
        return switch (value.strip()) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("neither true nor false; write one of them");
        };
    }
}
