package org.exportrelay.api;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.apache.hc.client5.http.auth.AuthScope;
import org.apache.hc.client5.http.auth.UsernamePasswordCredentials;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.ChainElement;
import org.apache.hc.client5.http.impl.DefaultSchemePortResolver;
import org.apache.hc.client5.http.impl.auth.BasicCredentialsProvider;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.impl.routing.DefaultRoutePlanner;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.HttpStatus;
import org.apache.hc.core5.http.io.SocketConfig;
import org.apache.hc.core5.http.message.BasicClassicHttpResponse;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.util.Timeout;
import org.exportrelay.config.Proxies;
import org.exportrelay.config.Proxy;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.config.SettingsException;
import org.exportrelay.config.TrustedCertificates;

/**
 * How the relay's HTTP clients reach their servers: through which proxy, and with which trusted
 * certificates. For the API, the store, webhooks, S3 and Azure. Thread-safe.
 */
@Singleton
public final class HttpConnections {

    private static final String BEHIND_PROXY = "behind-proxy";
    private static final int MOST_CONNECTIONS = 200;
    private static final int MOST_CONNECTIONS_TO_A_SERVER = 64;

    private final Proxies proxies;
    private final Optional<TrustManager[]> trustManagers;

    @Inject
    HttpConnections(RelaySettings settings) {
        this(settings, System.getenv());
    }

    /**
     * @param environment with {@code HTTPS_PROXY} and the like
     * @throws SettingsException if the truststore cannot be read
     */
    public HttpConnections(RelaySettings settings, Map<String, String> environment) {
        this.proxies = new Proxies(settings.httpProxy(), environment);
        this.trustManagers = settings.tls().truststore().map(file -> trustManagers(settings.tls(), file));
    }

    private static TrustManager[] trustManagers(RelaySettings.Tls tls, Path truststore) {
        try {
            return TrustedCertificates.trustManagers(tls, truststore);
        } catch (IOException | GeneralSecurityException e) {
            throw new SettingsException(List.of("relay.tls.truststore=" + truststore + ": " + e.getMessage()));
        }
    }

    /** The proxy towards a server, by the URL's scheme, host and port; empty if it is reached directly. */
    public Optional<Proxy> proxyTo(URI url) {
        return proxy(new HttpHost(url.getScheme(), url.getHost(), url.getPort()));
    }

    private Optional<Proxy> proxy(HttpHost target) {
        int port = DefaultSchemePortResolver.INSTANCE.resolve(target);
        return proxies.select(target.getSchemeName(), target.getHostName(), port);
    }

    /** Who decides which certificates are trusted; empty where those of the JVM are all. */
    public Optional<TrustManager[]> trustManagers() {
        return trustManagers;
    }

    /**
     * Sends all requests of a client through the proxies. Also replaces the client's connection manager, whose
     * certificates and timeouts it could not change.
     *
     * @param timeout the longest wait for each part of a proxy's answer and of a TLS handshake, which the timeouts of
     *     requests do not cover
     */
    public void applyTo(HttpClientBuilder builder, Timeout timeout) {
        BasicCredentialsProvider logins = new BasicCredentialsProvider();
        proxies.all().forEach(proxy -> proxy.login()
                .ifPresent(login -> logins.setCredentials(
                        new AuthScope(host(proxy)),
                        new UsernamePasswordCredentials(
                                login.username(), login.password().toCharArray()))));
        ProxyAnswers answers = new ProxyAnswers();
        builder.setRoutePlanner(new RoutePlanner())
                .setDefaultCredentialsProvider(logins)
                .addExecInterceptorBefore(ChainElement.CONNECT.name(), "before-proxy", answers::refuse)
                .addExecInterceptorAfter(ChainElement.CONNECT.name(), BEHIND_PROXY, answers::pass);
        builder.setConnectionManager(connectionManager()
                        .setMaxConnTotal(MOST_CONNECTIONS)
                        .setMaxConnPerRoute(MOST_CONNECTIONS_TO_A_SERVER)
                        .setDefaultSocketConfig(
                                SocketConfig.custom().setSoTimeout(timeout).build())
                        .build())
                .setConnectionManagerShared(false);
    }

    /**
     * Connects to a server as a client would, with TLS where the URL has it, and sends it nothing.
     *
     * @throws IOException if the server, or the proxy towards it, cannot be reached or is not trusted
     */
    public void connect(URI url, Duration timeout) throws IOException {
        HttpClientBuilder builder = HttpClientBuilder.create();
        applyTo(builder, Timeout.of(timeout));
        builder.disableAutomaticRetries()
                .setDefaultRequestConfig(RequestConfig.custom()
                        .setConnectTimeout(Timeout.of(timeout))
                        .setResponseTimeout(Timeout.of(timeout))
                        .build())
                .addExecInterceptorAfter(
                        BEHIND_PROXY,
                        "connected",
                        (request, scope, chain) -> new BasicClassicHttpResponse(HttpStatus.SC_NO_CONTENT));
        try (CloseableHttpClient client = builder.build()) {
            client.execute(new HttpGet(url), response -> null);
        }
    }

    /** A builder of connection managers with the trusted certificates of the settings. */
    public PoolingHttpClientConnectionManagerBuilder connectionManager() {
        PoolingHttpClientConnectionManagerBuilder manager = PoolingHttpClientConnectionManagerBuilder.create();
        trustManagers.ifPresent(
                trusted -> manager.setTlsSocketStrategy(new DefaultClientTlsStrategy(context(trusted))));
        return manager;
    }

    private static SSLContext context(TrustManager[] trusted) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trusted, new SecureRandom());
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java has TLS", e);
        }
    }

    private static HttpHost host(Proxy proxy) {
        return new HttpHost(proxy.scheme(), proxy.host(), proxy.port());
    }

    private final class RoutePlanner extends DefaultRoutePlanner {

        RoutePlanner() {
            super(DefaultSchemePortResolver.INSTANCE);
        }

        @Override
        protected HttpHost determineProxy(HttpHost target, HttpContext context) {
            return proxy(target).map(HttpConnections::host).orElse(null);
        }
    }
}
