package org.exportrelay.api;

import java.io.IOException;
import org.apache.hc.client5.http.HttpRoute;
import org.apache.hc.core5.http.HttpStatus;

/** A proxy did not connect to the server; the server has not seen the request. */
public final class ProxyRefusedException extends IOException {

    private static final long serialVersionUID = 1L;

    private final int status;

    ProxyRefusedException(HttpRoute route, int status) {
        super("the proxy " + route.getProxyHost() + " refuses a connection to "
                + route.getTargetHost().toHostString() + " with " + status + "; " + action(status));
        this.status = status;
    }

    private static String action(int status) {
        if (status == HttpStatus.SC_PROXY_AUTHENTICATION_REQUIRED) {
            return "check USER:PASSWORD@ in relay.http-proxy or in the variable that names the proxy";
        }
        return "ask its operator to allow that host, or list the host in NO_PROXY if it is reached directly";
    }

    /** Whether it may connect later. */
    boolean isTransient() {
        return TransientStatus.is(status);
    }
}
