package org.exportrelay.config;

import java.net.URI;
import java.util.Optional;

/**
 * The rule on host names (RFC 1123), the same for settings, the API, download URLs and redirects. Camel and the JDK
 * accept no others in URLs.
 */
public final class HostName {

    /** Follows the name in a message. */
    public static final String RULE =
            "is not a valid host name (letters, digits, dots and inner hyphens; no underscore)";

    private HostName() {}

    /** The host and port in a URL that break the rule; empty if they do not, or if the URL names no host. */
    public static Optional<String> invalidIn(URI url) {
        boolean isInvalid = url.getHost() == null && url.getRawAuthority() != null;
        return isInvalid ? Optional.of(withPort(url)) : Optional.empty();
    }

    /** The host of a URL and its port, if it has one, without a user and password. */
    public static String withPort(URI url) {
        return String.valueOf(url.getRawAuthority()).replaceFirst("(?s).*@", "");
    }
}
