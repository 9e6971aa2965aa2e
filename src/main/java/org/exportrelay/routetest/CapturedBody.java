package org.exportrelay.routetest;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.apache.camel.Exchange;
import org.apache.camel.StreamCache;

/**
 * The body of a message, as a destination would receive it.
 *
 * @param bytes all of it
 * @param records how many records it has; -1 if it is no iterator or list
 */
record CapturedBody(byte[] bytes, int records) {

    private static final int GZIP_MAGIC = 0x1f8b;

    /** Reads it. What can be read only once is used up, as by a destination. */
    static CapturedBody of(Exchange exchange) {
        Object body = exchange.getMessage().getBody();
        if (body instanceof Iterator<?> iterator) {
            return lines(exchange, iterator);
        }
        if (body instanceof Iterable<?> iterable && !(body instanceof java.nio.file.Path)) {
            return lines(exchange, iterable.iterator());
        }
        byte[] bytes = body == null
                ? new byte[0]
                : exchange.getContext().getTypeConverter().tryConvertTo(byte[].class, exchange, body);
        if (body instanceof StreamCache cache) {
            cache.reset();
        }
        return new CapturedBody(bytes == null ? String.valueOf(body).getBytes(StandardCharsets.UTF_8) : bytes, -1);
    }

    /** A record, or a batch of records, is a line each. */
    private static CapturedBody lines(Exchange exchange, Iterator<?> items) {
        List<String> lines = new ArrayList<>();
        items.forEachRemaining(item -> {
            if (item instanceof List<?> batch) {
                batch.forEach(each -> lines.add(text(exchange, each)));
            } else {
                lines.add(text(exchange, item));
            }
        });
        return new CapturedBody(String.join("\n", lines).getBytes(StandardCharsets.UTF_8), lines.size());
    }

    private static String text(Exchange exchange, Object item) {
        String text = exchange.getContext().getTypeConverter().tryConvertTo(String.class, exchange, item);
        return text == null ? String.valueOf(item) : text;
    }

    /** Decompressed if it is gzip. */
    String text() {
        if (bytes.length < 2 || ((bytes[0] & 0xFF) << 8 | bytes[1] & 0xFF) != GZIP_MAGIC) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
        try (GZIPInputStream gzip = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            return new String(gzip.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException notComplete) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }

    /** In lower-case hexadecimal. */
    String sha256() {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
