package org.exportrelay.destinations.webhook;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import org.apache.camel.CamelContext;
import org.apache.camel.CamelContextAware;
import org.apache.camel.component.http.HttpClientConfigurer;
import org.apache.camel.support.CamelContextHelper;
import org.apache.hc.client5.http.classic.ExecChain;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.HttpClientBuilder;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.util.Timeout;
import org.exportrelay.api.HttpConnections;
import org.exportrelay.config.DurationConverter;
import org.exportrelay.config.Loopback;

/**
 * Keeps a post, which holds a signed URL, between the relay and the webhook: https only, except
 * towards this machine, and no redirect is followed. Nor is anything repeated or remembered, which is
 * the ledger's business. A bean of the route file. Thread-safe once it has its time-out.
 */
public final class WebhookClient implements HttpClientConfigurer, CamelContextAware {

    private CamelContext context;
    private Timeout timeout;

    /**
     * The longest wait for a connection, and for each part of an answer.
     *
     * @param timeout with its unit, such as {@code 30s}
     */
    public void setTimeout(String timeout) {
        this.timeout = Timeout.of(new DurationConverter().convert(timeout));
    }

    @Override
    public void setCamelContext(CamelContext context) {
        this.context = context;
    }

    @Override
    public CamelContext getCamelContext() {
        return context;
    }

    @Override
    public void configureHttpClient(HttpClientBuilder builder) {
        CamelContextHelper.mandatoryFindSingleByType(context, HttpConnections.class)
                .applyTo(builder, timeout);
        RequestConfig config = RequestConfig.custom()
                .setConnectionRequestTimeout(timeout)
                .setConnectTimeout(timeout)
                .setResponseTimeout(timeout)
                .build();
        builder.disableAutomaticRetries()
                .disableRedirectHandling()
                .disableCookieManagement()
                .disableAuthCaching()
                .setUserAgent("export-relay")
                .setDefaultRequestConfig(config)
                .addExecInterceptorFirst("webhook", WebhookClient::post);
    }

    private static ClassicHttpResponse post(ClassicHttpRequest request, ExecChain.Scope scope, ExecChain chain)
            throws IOException, HttpException {
        if (!isSafe(request)) {
            throw new UnsafeWebhookException("the webhook at " + request.getAuthority()
                    + " is not https; links may only leave this machine encrypted, so write https://HOST");
        }
        return chain.proceed(request, scope);
    }

    private static boolean isSafe(ClassicHttpRequest request) throws UnsafeWebhookException {
        try {
            URI url = request.getUri();
            return Loopback.isSafe(url);
        } catch (URISyntaxException e) {
            throw new UnsafeWebhookException("the webhook's URL cannot be read", e);
        }
    }
}
