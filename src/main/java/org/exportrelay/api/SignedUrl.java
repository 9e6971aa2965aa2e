package org.exportrelay.api;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A download URL and how long it is valid. A credential: never written to the ledger, the spool or a log, and not part
 * of {@link #toString}.
 *
 * @param url signed
 * @param validUntil the export's expiry or the end of the signature, whichever is first; null if neither is known
 */
public record SignedUrl(WebUrl url, Instant validUntil) {

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

    private static WebUrl parse(String url) {
        try {
            return WebUrl.of(url);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("its download URL is " + e.getMessage(), e);
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
        } catch (DateTimeException notATime) {
            return null;
        }
    }

    /** Whether it is still valid at an instant; a URL of unknown validity counts as valid. */
    public boolean isValidAt(Instant instant) {
        return validUntil == null || validUntil.isAfter(instant);
    }

    @Override
    public String toString() {
        return "SignedUrl[host=" + url.address().getHost() + ", validUntil=" + validUntil + "]";
    }
}
