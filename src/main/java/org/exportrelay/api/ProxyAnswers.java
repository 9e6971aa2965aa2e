package org.exportrelay.api;

import java.io.IOException;
import org.apache.hc.client5.http.classic.ExecChain;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.HttpException;

/**
 * Tells apart who has answered, the server or the proxy in front of it: HttpClient returns a proxy's
 * refusal to connect as if it were the server's answer, and a proxy's 403 would be taken for a refused
 * key or for a URL that has ended. Works as two links of a client's chain, on both sides of the one
 * that connects. Stateless.
 */
final class ProxyAnswers {

    private static final String CONNECTED = ProxyAnswers.class.getName();

    /**
     * In front of the link that connects: an answer that came without a connection is an exception, and the message of a
     * connection that failed names the proxy.
     */
    ClassicHttpResponse refuse(ClassicHttpRequest request, ExecChain.Scope scope, ExecChain chain)
            throws IOException, HttpException {
        scope.clientContext.removeAttribute(CONNECTED);
        ClassicHttpResponse response = proceed(request, scope, chain);
        if (scope.route.getProxyHost() == null || scope.clientContext.getAttribute(CONNECTED) != null) {
            return response;
        }
        try (response) {
            throw new ProxyRefusedException(scope.route, response.getCode());
        }
    }

    private static ClassicHttpResponse proceed(ClassicHttpRequest request, ExecChain.Scope scope, ExecChain chain)
            throws IOException, HttpException {
        try {
            return chain.proceed(request, scope);
        } catch (IOException e) {
            boolean isProxyInvolved =
                    scope.route.getProxyHost() != null && scope.clientContext.getAttribute(CONNECTED) == null;
            throw isProxyInvolved ? new ProxyConnectionException(scope.route, e) : e;
        }
    }

    /** Behind the link that connects: the request is on its way to the server. */
    ClassicHttpResponse pass(ClassicHttpRequest request, ExecChain.Scope scope, ExecChain chain)
            throws IOException, HttpException {
        scope.clientContext.setAttribute(CONNECTED, Boolean.TRUE);
        return chain.proceed(request, scope);
    }
}
