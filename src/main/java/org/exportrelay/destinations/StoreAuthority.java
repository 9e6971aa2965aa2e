package org.exportrelay.destinations;

import java.net.URI;
import java.util.Locale;

/** The host and port of an object store other than its provider's own: one form for all ways to write it. */
public final class StoreAuthority {

    private StoreAuthority() {}

    /**
     * {@code host:port} in lower case, with the port of the scheme where the endpoint has none.
     *
     * @param endpoint a URL with http or https
     */
    public static String of(URI endpoint) {
        String authority = endpoint.getRawAuthority().toLowerCase(Locale.ROOT);
        String port = "http".equalsIgnoreCase(endpoint.getScheme()) ? ":80" : ":443";
        return authority + (authority.matches(".*:\\d+") ? "" : port);
    }
}
