package org.exportrelay.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.exportrelay.config.RelaySettings.Console;

/** The rules on the settings of the console and the REST API. */
final class ConsoleRules {

    /** Without a port: the relay compares names only. */
    private static final Pattern NAME =
            Pattern.compile("(?i)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*");

    private static final String OIDC_URL = "quarkus.oidc.auth-server-url";
    private static final String OIDC_CLIENT = "quarkus.oidc.client-id";

    private static final String OIDC_AUDIENCE = "quarkus.oidc.token.audience";

    /** Settings of Quarkus that would break logins with any other value than these. */
    private static final Map<String, String> FIXED = new TreeMap<>(Map.of(
            "quarkus.oidc.application-type", "hybrid",
            "quarkus.oidc.authentication.redirect-path", "/",
            "quarkus.oidc.authentication.restore-path-after-redirect", "true",
            "quarkus.oidc.authentication.response-mode", "",
            "quarkus.oidc.authentication.error-path", "",
            "quarkus.oidc.authentication.session-expired-path", "",
            "quarkus.oidc.logout.path", "",
            "quarkus.oidc.logout.post-logout-path", ""));

    private ConsoleRules() {}

    /**
     * A line for each violation.
     *
     * @param other the value of a setting that is not the relay's own, by name; empty if it has none
     */
    static List<String> check(Console settings, Function<String, Optional<String>> other) {
        List<String> problems = new ArrayList<>();
        if (settings.enabled() && settings.auth() == ConsoleAuth.OIDC) {
            problems.addAll(provider(other));
        }
        if (settings.auth() == ConsoleAuth.BASIC && settings.usersFile().isEmpty()) {
            problems.add("relay.console.auth=basic: relay.console.users-file is not set; set it to a file with a line"
                    + " name:role:bcrypt for each user, which 'export-relay password' creates");
        }
        if (settings.auth() != ConsoleAuth.BASIC && settings.usersFile().isPresent()) {
            problems.add("relay.console.users-file=" + settings.usersFile().get() + ": relay.console.auth="
                    + settings.auth().name().toLowerCase(Locale.ROOT)
                    + " reads no users; set relay.console.auth=basic, or remove the file");
        }
        if (settings.auth() == ConsoleAuth.NONE && settings.hosts().isPresent()) {
            problems.add(
                    "relay.console.hosts=" + String.join(",", settings.hosts().get())
                            + ": relay.console.auth=none serves this machine only; set relay.console.auth=basic, or remove the names");
        }
        settings.hosts().orElse(List.of()).stream()
                .filter(host -> !NAME.matcher(host.strip()).matches())
                .forEach(host -> problems.add("relay.console.hosts=" + host
                        + ": not a host name; write names without scheme, port and path, comma-separated"));
        return problems;
    }

    /** What Quarkus needs to find the OpenID Connect provider. */
    private static List<String> provider(Function<String, Optional<String>> other) {
        List<String> problems = new ArrayList<>();
        Optional<String> url = other.apply(OIDC_URL);
        if (url.isEmpty()) {
            problems.add(
                    "relay.console.auth=oidc: " + OIDC_URL + " is not set; set it to the address of the OpenID Connect"
                            + " provider, such as https://HOST/realms/REALM");
        }
        url.filter(address -> !isSafe(address))
                .ifPresent(address -> problems.add(OIDC_URL + "=" + Secrets.masked(address)
                        + ": not https; logins may only leave this machine encrypted, so write https://HOST"));
        if (other.apply(OIDC_CLIENT).isEmpty()) {
            problems.add("relay.console.auth=oidc: " + OIDC_CLIENT
                    + " is not set; set it to the name under which the provider knows the relay");
        } else if (other.apply(OIDC_AUDIENCE).isEmpty()) {
            problems.add(
                    OIDC_AUDIENCE + " is empty: the relay would accept tokens that were made for other clients; set it"
                            + " to the audience of the relay's tokens, or remove it to require " + OIDC_CLIENT);
        }
        FIXED.forEach((key, value) -> other.apply(key)
                .filter(set -> !set.equals(value))
                .filter(set -> !(key.endsWith(".response-mode") && set.equalsIgnoreCase("query")))
                .ifPresent(set -> problems.add(key + "=" + Secrets.masked(set)
                        + ": the relay serves no such login or logout; remove the setting")));
        return problems;
    }

    private static boolean isSafe(String address) {
        try {
            return Loopback.isSafe(new URI(address));
        } catch (URISyntaxException e) {
            return false;
        }
    }
}
