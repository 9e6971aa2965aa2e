package org.exportrelay.api;

import java.io.IOException;
import org.apache.hc.client5.http.HttpRoute;

/** No connection to a server through a proxy: the proxy does not answer, or the TLS handshake fails. */
public final class ProxyConnectionException extends IOException {

    private static final long serialVersionUID = 1L;

    ProxyConnectionException(HttpRoute route, IOException cause) {
        super(
                "connecting to " + route.getTargetHost().toHostString() + " through the proxy " + route.getProxyHost()
                        + " failed ("
                        + (cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage())
                        + "); check relay.http-proxy or the variable that names the proxy",
                cause);
    }
}
