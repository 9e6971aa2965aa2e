package org.exportrelay.sandbox;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The part of a file that a {@code Range} header requests.
 *
 * @param from first byte, counted from 0
 * @param to the byte after the last; at most {@code from} when the range lies outside the file
 */
record ByteRange(int from, int to) {

    private static final Pattern SINGLE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

    /**
     * Empty when the whole file is the answer: the header is not a single range of bytes, which HTTP
     * allows to ignore.
     *
     * @param header empty when the request has none
     */
    static Optional<ByteRange> parse(String header, int size) {
        Matcher matcher = SINGLE.matcher(header.strip());
        if (!matcher.matches()
                || (matcher.group(1).isEmpty() && matcher.group(2).isEmpty())) {
            return Optional.empty();
        }
        if (matcher.group(1).isEmpty()) {
            long last = Math.min(size, Long.parseLong(matcher.group(2)));
            return Optional.of(new ByteRange((int) (size - last), last == 0 ? 0 : size));
        }
        long first = Long.parseLong(matcher.group(1));
        long last = matcher.group(2).isEmpty() ? Long.MAX_VALUE : Long.parseLong(matcher.group(2));
        if (last < first) {
            return Optional.empty();
        }
        int from = (int) Math.min(first, size);
        return Optional.of(new ByteRange(from, (int) Math.min(last, size - 1L) + 1));
    }

    /** Whether it contains any byte of the file. */
    boolean satisfiable() {
        return from < to;
    }
}
