package org.exportrelay.config;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of bytes.
 *
 * @param bytes 0 or more
 */
public record ByteSize(long bytes) {

    private static final Pattern FORM = Pattern.compile("(\\d{1,18})\\s*([KMGT]?)B?", Pattern.CASE_INSENSITIVE);

    /**
     * Reads {@code 1048576}, {@code 1024K}, {@code 1M}; a unit is a power of 1024.
     *
     * @throws IllegalArgumentException if the text has another form or the number is too large
     */
    public static ByteSize parse(String text) {
        Matcher matcher = FORM.matcher(text.strip());
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "not a size; write a whole number of bytes, or one with K, M, G or T," + " such as 512M or 20G");
        }
        int power = " KMGT"
                .indexOf(matcher.group(2).isEmpty() ? " " : matcher.group(2).toUpperCase(Locale.ROOT));
        try {
            return new ByteSize(Math.multiplyExact(Long.parseLong(matcher.group(1)), 1L << (10 * power)));
        } catch (ArithmeticException overflow) {
            throw new IllegalArgumentException("too large; the largest size is 8388607T");
        }
    }
}
