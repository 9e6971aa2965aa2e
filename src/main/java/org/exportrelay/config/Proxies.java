package org.exportrelay.config;

import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Decides through which proxy a server is reached: that of {@code relay.http-proxy}, else that of the
 * JVM's properties ({@code https.proxyHost} and the like), else that of {@code HTTPS_PROXY} or {@code
 * HTTP_PROXY}. {@code NO_PROXY} holds for the first and the last, {@code http.nonProxyHosts} for the
 * JVM's own. A loopback address is always reached directly. Thread-safe.
 */
public final class Proxies {

    private static final List<String> VARIABLES = List.of("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy");

    private final Optional<Proxy> setting;
    private final Map<String, String> environment;
    private final NoProxy noProxy;

    /**
     * @param setting {@code relay.http-proxy}
     * @param environment the process's
     * @throws IllegalArgumentException if one of them is not a proxy
     */
    public Proxies(Optional<String> setting, Map<String, String> environment) {
        this.setting = setting.map(Proxy::parse);
        this.environment = environment;
        this.noProxy = new NoProxy(variable("NO_PROXY").orElse(""));
    }

    /** The variables of an environment that name a proxy, with their values. */
    static Map<String, String> variables(Map<String, String> environment) {
        return environment.entrySet().stream()
                .filter(variable -> VARIABLES.contains(variable.getKey()))
                .filter(variable -> !variable.getValue().isBlank())
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /**
     * The proxy towards a server.
     *
     * @param scheme {@code https} or {@code http}
     * @param host a name or an address
     * @param port 1 to 65535
     * @return empty if the server is reached directly
     */
    public Optional<Proxy> select(String scheme, String host, int port) {
        if (Loopback.isLoopback(host)) {
            return Optional.empty();
        }
        if (setting.isPresent()) {
            return setting.filter(proxy -> !noProxy.matches(host, port));
        }
        if (isSetInJvm(scheme)) {
            return ofJvm(scheme, host, port);
        }
        return variable(scheme.toUpperCase(Locale.ROOT) + "_PROXY")
                .map(Proxy::parse)
                .filter(proxy -> !noProxy.matches(host, port));
    }

    /** The proxies that the setting and the environment name, each with its login. */
    public List<Proxy> all() {
        return Stream.concat(
                        setting.stream(),
                        Stream.of("HTTPS_PROXY", "HTTP_PROXY")
                                .flatMap(name -> variable(name).stream())
                                .map(Proxy::parse))
                .toList();
    }

    private static boolean isSetInJvm(String scheme) {
        return System.getProperty(scheme + ".proxyHost") != null || Boolean.getBoolean("java.net.useSystemProxies");
    }

    private static Optional<Proxy> ofJvm(String scheme, String host, int port) {
        return ProxySelector.getDefault().select(URI.create(scheme + "://" + host + ":" + port)).stream()
                .filter(proxy -> proxy.type() == java.net.Proxy.Type.HTTP)
                .map(proxy -> (InetSocketAddress) proxy.address())
                .map(address -> new Proxy("http", address.getHostString(), address.getPort(), Optional.empty()))
                .findFirst();
    }

    /** In lower case, too, which curl prefers. */
    private Optional<String> variable(String name) {
        return Stream.of(name.toLowerCase(Locale.ROOT), name)
                .map(environment::get)
                .filter(value -> value != null && !value.isBlank())
                .findFirst();
    }
}
