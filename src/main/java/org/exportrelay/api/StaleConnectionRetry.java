package org.exportrelay.api;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.List;
import org.apache.hc.client5.http.impl.DefaultHttpRequestRetryStrategy;
import org.apache.hc.core5.http.EndpointDetails;
import org.apache.hc.core5.http.HttpRequest;
import org.apache.hc.core5.http.protocol.HttpContext;
import org.apache.hc.core5.http.protocol.HttpCoreContext;
import org.apache.hc.core5.util.TimeValue;

/**
 * Sends an idempotent request again at once, on another connection, where the server had closed the
 * one that was kept open since an earlier request. The request did not reach the server, so this is
 * no attempt of the caller's. Stateless.
 */
final class StaleConnectionRetry extends DefaultHttpRequestRetryStrategy {

    /** As many connections as may be kept open at most; each one can be found closed. */
    private static final int MOST_STALE = 64;

    StaleConnectionRetry() {
        super(MOST_STALE, TimeValue.ZERO_MILLISECONDS, List.of(InterruptedIOException.class), List.of());
    }

    @Override
    public boolean retryRequest(HttpRequest request, IOException failure, int executions, HttpContext context) {
        EndpointDetails connection = HttpCoreContext.cast(context).getEndpointDetails();
        boolean hasServedBefore = connection != null && connection.getResponseCount() > 0;
        return hasServedBefore && super.retryRequest(request, failure, executions, context);
    }
}
