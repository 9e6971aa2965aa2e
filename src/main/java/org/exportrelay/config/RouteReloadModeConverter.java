package org.exportrelay.config;

import org.eclipse.microprofile.config.spi.Converter;

/** Reads {@code true}, {@code false} and {@code confirm}. */
public final class RouteReloadModeConverter implements Converter<RouteReloadMode> {

    private static final long serialVersionUID = 1L;

    @Override
    public RouteReloadMode convert(String value) {
        return switch (value.strip()) {
            case "true" -> RouteReloadMode.ON;
            case "false" -> RouteReloadMode.OFF;
            case "confirm" -> RouteReloadMode.CONFIRM;
            default -> throw new IllegalArgumentException("neither true, false nor confirm; write one of them");
        };
    }
}
