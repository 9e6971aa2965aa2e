package org.exportrelay.config;

import java.net.URI;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A host that files may be downloaded from, matched exactly: no wildcard, no subdomain.
 *
 * @param host lower case
 * @param port 1 to 65535, or -1 for any port
 */
public record AllowedHost(String host, int port) {

    private static final String HINT =
            "write host or host:port, without scheme or path, such as storage.googleapis.com";
    private static final Pattern FORM = Pattern.compile("(\\[[0-9a-fA-F:.]+]|[A-Za-z0-9._-]+)(?::(\\d{1,5}))?");

    /**
     * Reads {@code host} or {@code host:port}.
     *
     * @throws IllegalArgumentException if the text has another form, or breaks the rule of {@link HostName}
     */
    public static AllowedHost parse(String text) {
        Matcher matcher = FORM.matcher(text.strip());
        int port = matcher.matches() && matcher.group(2) != null ? Integer.parseInt(matcher.group(2)) : -1;
        if (!matcher.matches() || port == 0 || port > 65535) {
            throw new IllegalArgumentException("not a host; " + HINT);
        }
        HostName.invalidIn(URI.create("https://" + matcher.group(1))).ifPresent(name -> {
            throw new IllegalArgumentException(name + " " + HostName.RULE + "; " + HINT);
        });
        return new AllowedHost(matcher.group(1).toLowerCase(Locale.ROOT), port);
    }

    /** Whether a URL leads to this host. */
    public boolean matches(URI url) {
        if (url.getHost() == null || !host.equals(url.getHost().toLowerCase(Locale.ROOT))) {
            return false;
        }
        return port == -1 || port == effectivePort(url);
    }

    private static int effectivePort(URI url) {
        if (url.getPort() != -1) {
            return url.getPort();
        }
        return "https".equalsIgnoreCase(url.getScheme()) ? 443 : 80;
    }
}
