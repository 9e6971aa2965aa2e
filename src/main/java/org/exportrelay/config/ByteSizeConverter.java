package org.exportrelay.config;

import org.eclipse.microprofile.config.spi.Converter;

/** Reads a {@link ByteSize} setting. */
public final class ByteSizeConverter implements Converter<ByteSize> {

    private static final long serialVersionUID = 1L;

    @Override
    public ByteSize convert(String value) {
        return ByteSize.parse(value);
    }
}
