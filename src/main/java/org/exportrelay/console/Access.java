package org.exportrelay.console;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.exportrelay.config.ConsoleAuth;
import org.exportrelay.config.RelaySettings;

/**
 * Decides by its addresses whether a request may be answered at all, before any login. A page of another site that a user's
 * browser shows can send requests to this machine, under any name that its owner lets point here (DNS rebinding): only the
 * relay's own names are answered. Thread-safe.
 */
final class Access {

    private static final Pattern IPV4 = Pattern.compile("(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)(?:\\.(?!$)|$)){4}");
    private static final Pattern HOST = Pattern.compile("(\\[[0-9A-Fa-f:.]+]|[^:\\[\\]]+)(?::(\\d{1,5}))?");
    private static final Pattern ORIGIN = Pattern.compile("https?://([^/]+)");

    private final boolean isOpen;
    private final List<String> names;

    Access(RelaySettings.Console settings) {
        this.isOpen = settings.auth() == ConsoleAuth.NONE;
        this.names = settings.hosts().orElse(List.of()).stream()
                .map(name -> name.strip().toLowerCase(Locale.ROOT))
                .toList();
    }

    /**
     * What stands against a request.
     *
     * @param remote the address of the client
     * @param host the header; null if there is none
     * @param origin the header; null if there is none
     * @param isForwarded whether a proxy has forwarded it for another client
     */
    Optional<Problem> check(String remote, String host, String origin, boolean isForwarded) {
        Matcher parts = HOST.matcher(host == null ? "" : host);
        if (!parts.matches() || !isOwnName(parts.group(1))) {
            return Optional.of(new Problem(
                    421,
                    "the relay does not serve this Host; use localhost or an IP address, or add the name to"
                            + " relay.console.hosts"));
        }
        if (isOpen && (!isLoopback(remote) || isForwarded || !isLoopbackName(parts.group(1)))) {
            return Optional.of(new Problem(
                    403,
                    "relay.console.auth=none serves this machine only, at http://127.0.0.1; for clients on other"
                            + " machines, set relay.console.auth=basic and relay.console.users-file"));
        }
        if (origin != null && !isSame(origin, host)) {
            return Optional.of(new Problem(403, "the relay answers no page of another site (Origin)"));
        }
        return Optional.empty();
    }

    /**
     * What stands against a request that a page of another site has sent. The page cannot read the answer, but each request
     * would be work for the ledger. Links to the relay are followed.
     *
     * @param site the header {@code Sec-Fetch-Site}; null if there is none
     * @param mode the header {@code Sec-Fetch-Mode}; null if there is none
     */
    static Optional<Problem> checkSite(String site, String mode) {
        return "cross-site".equals(site) && !"navigate".equals(mode)
                ? Optional.of(new Problem(403, "the relay answers no page of another site (Sec-Fetch-Site)"))
                : Optional.empty();
    }

    /** An address cannot be pointed elsewhere by another site's owner, a name can. */
    private boolean isOwnName(String name) {
        return isAddress(name) || name.equalsIgnoreCase("localhost") || names.contains(name.toLowerCase(Locale.ROOT));
    }

    private static boolean isAddress(String name) {
        return name.startsWith("[") || IPV4.matcher(name).matches();
    }

    private boolean isLoopbackName(String name) {
        return !isAddress(name) || isLoopback(name.replaceAll("[\\[\\]]", ""));
    }

    /** An address as such, so that no name is resolved. */
    private static boolean isLoopback(String address) {
        try {
            return InetAddress.getByName(address.replaceFirst("%.*", "")).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }

    /** Without the scheme: a proxy in front of the relay may use TLS. */
    private static boolean isSame(String origin, String host) {
        Matcher site = ORIGIN.matcher(origin);
        return site.matches() && site.group(1).equalsIgnoreCase(host);
    }
}
