package org.exportrelay.sandbox;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpServerRequest;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * A request whose URL could be read.
 *
 * @param path decoded
 */
record Request(String method, String path, QueryString query, MultiMap headers) {

    /**
     * @throws IllegalArgumentException if the URL is malformed: no path, or a percent sign that
     *     encodes nothing
     */
    static Request of(HttpServerRequest request) {
        String path = request.path();
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException("the path does not start with a slash");
        }
        // Only in a query does a plus sign stand for a space.
        String decoded = URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
        return new Request(request.method().name(), decoded, QueryString.parse(request.query()), request.headers());
    }

    /** The first header of that name, whatever its case. */
    Optional<String> header(String name) {
        return Optional.ofNullable(headers.get(name));
    }
}
