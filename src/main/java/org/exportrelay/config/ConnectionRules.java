package org.exportrelay.config;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The rules on proxies and on the truststore. */
final class ConnectionRules {

    /** Characters that end a login in a URL, in front of the last {@code @}. */
    private static final Pattern UNENCODED_LOGIN =
            Pattern.compile("^(?:\\w+://)?+[^@]*?[@/?#%\\\\^{}|\"<>\\s].*@", Pattern.DOTALL);

    private final List<String> problems = new ArrayList<>();

    private ConnectionRules() {}

    /**
     * Checks the settings and the variables that other programs share with the relay.
     *
     * @param environment with {@code HTTPS_PROXY} and the like
     * @return a line for each violation, without secrets
     */
    static List<String> check(RelaySettings settings, Map<String, String> environment) {
        ConnectionRules rules = new ConnectionRules();
        settings.httpProxy().ifPresent(proxy -> rules.proxy("relay.http-proxy", proxy));
        Proxies.variables(environment).forEach(rules::proxy);
        settings.tls().truststore().ifPresent(file -> rules.truststore(file, settings.tls()));
        return rules.problems;
    }

    private void proxy(String key, String value) {
        try {
            Proxy.parse(value);
        } catch (IllegalArgumentException e) {
            // Whatever is before an @ may be a password, also where the value is malformed.
            problems.add(key + "=" + value.replaceFirst("(?s).*@", "…@")
                    + ": not a proxy; write http://HOST:PORT or http://USER:PASSWORD@HOST:PORT"
                    + (UNENCODED_LOGIN.matcher(value).find()
                            ? ", with special characters of user and password percent-encoded (@ as %40, : as %3A, / as %2F)"
                            : ""));
        }
    }

    private void truststore(Path file, RelaySettings.Tls tls) {
        try {
            TrustedCertificates.read(file, tls.truststorePassword());
        } catch (IOException | GeneralSecurityException e) {
            String reason = e instanceof NoSuchFileException ? "there is no such file" : e.getMessage();
            problems.add("relay.tls.truststore=" + file + ": not a readable truststore (" + reason
                    + "); write the path of a PKCS#12, JKS or PEM file, and its password into"
                    + " relay.tls.truststore-password");
        }
    }
}
