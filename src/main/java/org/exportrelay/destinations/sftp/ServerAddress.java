package org.exportrelay.destinations.sftp;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;

/**
 * Where an SFTP server listens.
 *
 * @param host name or address, lower case, an IPv6 address without brackets
 * @param port 1 to 65535
 */
public record ServerAddress(String host, int port) {

    private static final int SSH_PORT = 22;

    public ServerAddress {
        host = host.replaceAll("^\\[|]$", "").toLowerCase(Locale.ROOT);
    }

    /**
     * Reads {@code sftp://HOST[:PORT]}.
     *
     * @throws IllegalArgumentException if it is anything else; the message says what to write
     */
    public static ServerAddress parse(String text) {
        try {
            URI uri = new URI(text);
            boolean bare = uri.getRawQuery() == null
                    && uri.getRawFragment() == null
                    && uri.getRawUserInfo() == null
                    && (uri.getRawPath() == null || uri.getRawPath().matches("/?"));
            if ("sftp".equalsIgnoreCase(uri.getScheme()) && uri.getHost() != null && bare && uri.getPort() != 0) {
                return new ServerAddress(uri.getHost(), uri.getPort() < 0 ? SSH_PORT : uri.getPort());
            }
        } catch (URISyntaxException e) {
            // Reported below, like all other text that is not an address.
        }
        throw new IllegalArgumentException(
                "'" + text + "' is not a server's address; write sftp://HOST or sftp://HOST:PORT, nothing else");
    }

    /** As known_hosts names it: the host alone, or {@code [host]:port} where the port is not 22. */
    String knownHostsName() {
        return port == SSH_PORT ? host : "[" + host + "]:" + port;
    }

    /** {@code sftp://host:port}. */
    @Override
    public String toString() {
        return "sftp://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }
}
