package org.exportrelay.api;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.List;
import org.apache.hc.client5.http.RouteInfo;
import org.apache.hc.client5.http.impl.DefaultHttpRequestRetryStrategy;
import org.apache.hc.client5.http.protocol.HttpClientContext;
import org.apache.hc.core5.http.EndpointDetails;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.util.TimeValue;

/**
 * Sends an idempotent request again at once, on another connection, where the server had closed the
 * one that was kept open since an earlier request. The request did not reach the server, so this is
 * no attempt of the caller's. Stateless.
 */
final class StaleConnectionRetry extends DefaultHttpRequestRetryStrategy {

    /** Several connections may be open, and each may turn out to be closed. */
    private static final int MOST_STALE = 5;

    StaleConnectionRetry() {
        super(MOST_STALE, TimeValue.ZERO_MILLISECONDS, List.of(InterruptedIOException.class), List.of());
    }

    @Override
    public boolean retryRequest(HttpRequest request, IOException failure, int executions, HttpContext context) {
        HttpClientContext client = HttpClientContext.cast(context);
        EndpointDetails connection = client.getEndpointDetails();
        RouteInfo route = client.getHttpRoute();
        if (connection == null || route == null) {
            return false;
        }
        // The first answer on the way through a proxy is the proxy's own.
        int answersOfProxy = route.isTunnelled() ? 1 : 0;
        return connection.getResponseCount() > answersOfProxy
                && super.retryRequest(request, failure, executions, context);
    }
}
