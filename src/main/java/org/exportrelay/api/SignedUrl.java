package org.exportrelay.api;

import java.net.URI;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A download URL and how long it is good for. A credential: never written to the ledger, the spool
 * or a log, and not part of {@link #toString}.
 *
 * @param url signed
 * @param validUntil the export's expiry or the signature's own end, whichever is first; null if
 *     neither is known
 */
public record SignedUrl(URI url, Instant validUntil) {

    private static final Pattern SIGNED_AT = Pattern.compile("[?&]X-(?:Goog|Amz)-Date=(\\d{8}T\\d{6}Z)");
    private static final Pattern LIFETIME = Pattern.compile("[?&]X-(?:Goog|Amz)-Expires=(\\d{1,9})");
    private static final DateTimeFormatter BASIC =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    /**
     * @throws IllegalArgumentException if the text is not a URL
     */
    static SignedUrl of(String url, Instant exportExpiresAt) {
        Instant signatureEnd = signatureEnd(url);
        boolean signatureFirst =
                signatureEnd != null && (exportExpiresAt == null || signatureEnd.isBefore(exportExpiresAt));
        return new SignedUrl(parse(url), signatureFirst ? signatureEnd : exportExpiresAt);
    }

    private static URI parse(String url) {
        try {
            return URI.create(url);
        } catch (IllegalArgumentException e) {
            // The original message would quote the signed query.
            throw new IllegalArgumentException("its download URL is not a valid URL");
        }
    }

    private static Instant signatureEnd(String url) {
        Matcher signedAt = SIGNED_AT.matcher(url);
        Matcher lifetime = LIFETIME.matcher(url);
        if (!signedAt.find() || !lifetime.find()) {
            return null;
        }
        try {
            return BASIC.parse(signedAt.group(1), Instant::from).plusSeconds(Long.parseLong(lifetime.group(1)));
        } catch (DateTimeException notADate) {
            return null;
        }
    }

    /** Whether it can still be used at an instant; a URL of unknown end is given the benefit. */
    public boolean isValidAt(Instant instant) {
        return validUntil == null || validUntil.isAfter(instant);
    }

    @Override
    public String toString() {
        return "SignedUrl[host=" + url.getHost() + ", validUntil=" + validUntil + "]";
    }
}
