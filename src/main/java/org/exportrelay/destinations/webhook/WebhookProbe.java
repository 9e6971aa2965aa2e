package org.exportrelay.destinations.webhook;

import jakarta.annotation.Priority;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import org.apache.camel.Endpoint;
import org.apache.camel.component.http.HttpEndpoint;
import org.exportrelay.api.HttpConnections;
import org.exportrelay.destinations.EndpointProbe;

/**
 * Webhooks: connects as {@link WebhookClient} does, through the proxy and with the truststore. A post could
 * not be taken back, so none is sent. Comes before the probe of other web servers.
 */
@Singleton
@Priority(1)
final class WebhookProbe implements EndpointProbe {

    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    private final HttpConnections connections;

    @Inject
    WebhookProbe(HttpConnections connections) {
        this.connections = connections;
    }

    @Override
    public boolean knows(Endpoint endpoint) {
        return endpoint instanceof HttpEndpoint http && http.getHttpClientConfigurer() instanceof WebhookClient;
    }

    @Override
    public String test(Endpoint endpoint) throws IOException {
        URI url = ((HttpEndpoint) endpoint).getHttpUri();
        connections.connect(url, TIMEOUT);
        return "connected to " + url.getAuthority()
                + (url.getScheme().equals("https") ? " with TLS" : "")
                + connections
                        .proxyTo(url)
                        .map(proxy -> " through the proxy " + proxy)
                        .orElse("")
                + "; nothing was sent";
    }

    @Override
    public String hint() {
        return "check that host and port are right, that the server is up and that its certificate is valid; behind a"
                + " proxy, check relay.http-proxy and relay.tls.truststore";
    }
}
