package org.exportrelay.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/**
 * An HTTP proxy. Its password is not part of {@link #toString}.
 *
 * @param scheme {@code http}, or {@code https} where the proxy itself is reached over TLS
 * @param host a name or an address
 * @param port 1 to 65535
 * @param login what the proxy asks for
 */
public record Proxy(String scheme, String host, int port, Optional<Login> login) {

    /**
     * @param username of the proxy
     * @param password of the proxy
     */
    public record Login(String username, String password) {

        @Override
        public String toString() {
            return "Login[" + username + "]";
        }
    }

    /**
     * Reads {@code [http://][USER:PASSWORD@]HOST[:PORT][/]}; user and password may be percent-encoded.
     * The port defaults to 80, with {@code https} to 443.
     *
     * @throws IllegalArgumentException if it is anything else; the message has no part of the text
     */
    public static Proxy parse(String text) {
        try {
            URI url = new URI(text.contains("://") ? text.strip() : "http://" + text.strip());
            String scheme = url.getScheme().toLowerCase(Locale.ROOT);
            boolean isPlain =
                    url.getRawPath().matches("/?") && url.getRawQuery() == null && url.getRawFragment() == null;
            if (url.getHost() == null || !isPlain || !scheme.matches("https?") || url.getPort() > 65_535) {
                throw new IllegalArgumentException("not a proxy");
            }
            int port = url.getPort() > 0 ? url.getPort() : scheme.equals("https") ? 443 : 80;
            return new Proxy(scheme, url.getHost(), port, login(url.getRawUserInfo()));
        } catch (URISyntaxException e) {
            // Its message would quote the password.
            throw new IllegalArgumentException("not a proxy");
        }
    }

    private static Optional<Login> login(String userInfo) {
        if (userInfo == null) {
            return Optional.empty();
        }
        String[] parts = userInfo.split(":", 2);
        String password = parts.length == 2 ? decoded(parts[1]) : "";
        Secrets.register(password);
        return Optional.of(new Login(decoded(parts[0]), password));
    }

    private static String decoded(String text) {
        // A plus sign is itself here, as in any URL outside a form.
        return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }

    @Override
    public String toString() {
        return scheme + "://" + host + ":" + port;
    }
}
