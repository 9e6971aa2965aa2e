package org.exportrelay.api;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A URL that is sent as browsers send it. Its query may be covered by a signature and therefore keeps every character
 * that can be sent, also those that RFC 3986 and {@link URI} refuse: {@code | { } ^ \ [ ]}, a backtick and a lone
 * {@code %}. Only spaces, control characters, {@code " < >} and characters beyond ASCII are percent-encoded, as the
 * WHATWG URL standard has it. The path is made a valid one in the same way. Immutable; the query is a credential and
 * not part of {@link #toString}.
 */
public final class WebUrl {

    private static final Pattern PARTS = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*:)?(//[^/]*)?(.*)", Pattern.DOTALL);
    /** Removed by browsers wherever they stand. */
    private static final Pattern LINE_BREAKS_AND_TABS = Pattern.compile("[\t\n\r]");

    private static final String ENCODED_IN_QUERY = "\"<>";
    private static final String ENCODED_IN_PATH = "\"<>`{}|^[]";

    private final String text;
    private final URI address;
    private final String query;

    private WebUrl(String text, URI address, String query) {
        this.text = text;
        this.address = address;
        this.query = query;
    }

    /**
     * Reads an absolute or a relative URL. A fragment is left out, since it is never sent.
     *
     * @throws IllegalArgumentException if the text is not a URL; the message does not quote it
     */
    public static WebUrl of(String text) {
        String trimmed = LINE_BREAKS_AND_TABS.matcher(text).replaceAll("").trim();
        int fragment = trimmed.indexOf('#');
        String sent = fragment < 0 ? trimmed : trimmed.substring(0, fragment);
        int mark = sent.indexOf('?');
        String query = mark < 0 ? null : encoded(sent.substring(mark + 1), ENCODED_IN_QUERY);
        return new WebUrl(text, address(mark < 0 ? sent : sent.substring(0, mark)), query);
    }

    private static URI address(String text) {
        Matcher parts = PARTS.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException("not a valid URL");
        }
        String scheme = parts.group(1) == null ? "" : parts.group(1);
        String authority = parts.group(2) == null ? "" : parts.group(2);
        String path = encoded(parts.group(3), ENCODED_IN_PATH);
        try {
            return URI.create(scheme + authority + (path.isEmpty() && !authority.isEmpty() ? "/" : path));
        } catch (IllegalArgumentException e) {
            // The original message would quote the text.
            throw new IllegalArgumentException("not a valid URL");
        }
    }

    private static String encoded(String text, String alsoEncoded) {
        StringBuilder encoded = new StringBuilder(text.length());
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            int character = b & 0xff;
            if (character <= ' ' || character >= 0x7f || alsoEncoded.indexOf(character) >= 0) {
                encoded.append('%').append(HexFormat.of().withUpperCase().toHexDigits(b));
            } else {
                encoded.append((char) character);
            }
        }
        return encoded.toString();
    }

    /** As it was given, to be passed on to others. */
    public String text() {
        return text;
    }

    /** Scheme, host, port and path, without the query. */
    public URI address() {
        return address;
    }

    /** Path and query, as they are sent. */
    public String target() {
        return query == null ? address.getRawPath() : address.getRawPath() + "?" + query;
    }

    /**
     * Where a redirect from here leads.
     *
     * @param location absolute, or relative to this URL
     * @throws IllegalArgumentException if it is not a URL; the message does not quote it
     */
    public WebUrl resolve(String location) {
        WebUrl reference = of(location);
        if (reference.address.toString().isEmpty()) {
            return new WebUrl(location, address, reference.query == null ? query : reference.query);
        }
        return new WebUrl(location, address.resolve(reference.address), reference.query);
    }

    @Override
    public String toString() {
        return "WebUrl[host=" + address.getHost() + "]";
    }
}
