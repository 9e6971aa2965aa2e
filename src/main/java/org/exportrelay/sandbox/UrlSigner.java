package org.exportrelay.sandbox;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs and checks URLs of the store, in the format of the real store's fourth signature version: the
 * query holds from when and for how long the URL is valid, and a signature over path and query, which
 * only the store can produce. Thread-safe.
 */
final class UrlSigner {

    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'");
    private static final Duration LONGEST = Duration.ofDays(7);
    private static final String SIGNATURE = "X-Goog-Signature";

    private final SecretKeySpec secret;

    UrlSigner(Seed seed) {
        byte[] bytes = seed.text("url signing", 64).getBytes(StandardCharsets.UTF_8);
        secret = new SecretKeySpec(bytes, "HmacSHA256");
    }

    /** The result of checking a URL. */
    enum Verdict {
        VALID,
        UNSIGNED,
        ALTERED,
        EXPIRED
    }

    /**
     * The query with which a path is valid from now on.
     *
     * @param path decoded
     * @param until when it expires; at most 7 days from now, in whole seconds, as in the real store
     */
    String query(String path, Instant now, Instant until) {
        String date = DATE.format(now.atOffset(ZoneOffset.UTC));
        Duration left = Duration.between(Instant.ofEpochSecond(now.getEpochSecond()), until);
        long seconds = Math.max(0, Math.min(left.toSeconds(), LONGEST.toSeconds()));
        String unsigned = "X-Goog-Algorithm=GOOG4-HMAC-SHA256"
                + "&X-Goog-Credential=GOOG1EXPORTSANDBOX%2F"
                + date.substring(0, 8)
                + "%2Fauto%2Fstorage%2Fgoog4_request&X-Goog-Date="
                + date
                + "&X-Goog-Expires="
                + seconds
                + "&X-Goog-SignedHeaders=host";
        return unsigned + "&" + SIGNATURE + "=" + signature(path, QueryString.parse(unsigned));
    }

    /**
     * Checks a requested URL; the order of its parameters does not matter.
     *
     * @param path decoded
     */
    Verdict check(String path, QueryString query, Instant now) {
        if (query.first(SIGNATURE).isEmpty()) {
            return Verdict.UNSIGNED;
        }
        if (!query.first(SIGNATURE).get().equals(signature(path, query))) {
            return Verdict.ALTERED;
        }
        return now.isBefore(end(query)) ? Verdict.VALID : Verdict.EXPIRED;
    }

    /** When a URL with a valid signature expires. */
    Instant end(QueryString query) {
        Instant date = LocalDateTime.parse(query.first("X-Goog-Date").orElseThrow(), DATE)
                .toInstant(ZoneOffset.UTC);
        return date.plusSeconds(Long.parseLong(query.first("X-Goog-Expires").orElseThrow()));
    }

    private String signature(String path, QueryString query) {
        String signed = query.parameters().stream()
                .filter(parameter -> !parameter.name().equals(SIGNATURE))
                .map(parameter -> "\n" + parameter.name() + "=" + parameter.value())
                .sorted()
                .collect(Collectors.joining("", path, ""));
        try {
            Mac mac = Mac.getInstance(secret.getAlgorithm());
            mac.init(secret);
            return HexFormat.of().formatHex(mac.doFinal(signed.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has HmacSHA256", e);
        }
    }
}
