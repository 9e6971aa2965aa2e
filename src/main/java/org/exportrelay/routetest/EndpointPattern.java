package org.exportrelay.routetest;

import java.util.Set;
import org.exportrelay.delivery.NamePattern;

/**
 * A glob over the URIs of endpoints. It is compared with the URI without options, as a route names it: Camel changes {@code
 * kafka:exports} into {@code kafka://exports}.
 */
public record EndpointPattern(String glob) {

    /** Schemes whose URIs have a host. */
    private static final Set<String> WITH_HOST =
            Set.of("ftp", "ftps", "sftp", "http", "https", "smtp", "smtps", "imap", "imaps", "ws", "wss");

    /** The URI of an endpoint without options and user, in the one form in which it is compared and printed. */
    static String plain(String uri) {
        String path = uri.replaceFirst("\\?.*", "").replaceFirst("//[^/@]*@", "//");
        return WITH_HOST.contains(scheme(path)) ? path : path.replaceFirst("^([\\w-]+)://", "$1:");
    }

    /** Up to the first colon; empty if there is none. */
    static String scheme(String uri) {
        return uri.indexOf(':') < 0 ? "" : uri.substring(0, uri.indexOf(':'));
    }

    boolean matches(String uri) {
        return new NamePattern(plain(glob)).matches(plain(uri));
    }

    /** Empty if the pattern is for several. */
    String scheme() {
        return scheme(glob).matches("[\\w.+-]+") ? scheme(glob) : "";
    }
}
