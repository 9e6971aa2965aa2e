package org.exportrelay.config;

import org.eclipse.microprofile.config.spi.Converter;

/** Reads {@code text}, {@code json} and {@code ecs}. */
public final class LogFormatConverter implements Converter<LogFormat> {

    private static final long serialVersionUID = 1L;

    @Override
    public LogFormat convert(String value) {
        return switch (value.strip()) {
            case "text" -> LogFormat.TEXT;
            case "json" -> LogFormat.JSON;
            case "ecs" -> LogFormat.ECS;
            default -> throw new IllegalArgumentException("not a log format; write text, json or ecs");
        };
    }
}
