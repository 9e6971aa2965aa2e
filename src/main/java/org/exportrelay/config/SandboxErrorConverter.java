package org.exportrelay.config;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.eclipse.microprofile.config.spi.Converter;

/** Reads an error of the simulated API as the API writes its code: {@code api_key_expired}. */
public final class SandboxErrorConverter implements Converter<SandboxError> {

    private static final long serialVersionUID = 1L;

    /**
     * @throws IllegalArgumentException if there is no such error; the message lists all
     */
    @Override
    public SandboxError convert(String value) {
        return Arrays.stream(SandboxError.values())
                .filter(error -> code(error).equals(value.strip()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("not an error of the API; write one of "
                        + Arrays.stream(SandboxError.values())
                                .map(SandboxErrorConverter::code)
                                .collect(Collectors.joining(", "))));
    }

    private static String code(SandboxError error) {
        return error.name().toLowerCase(Locale.ROOT);
    }
}
