package org.exportrelay.console;

import io.vertx.core.http.HttpMethod;
import java.util.Set;
import java.util.function.Function;

/**
 * Something that the REST API does.
 *
 * @param method of HTTP
 * @param path below {@code /api/v1}, with parameters as {@code {name}}
 * @param parameters the names of its query's parameters
 * @param action blocks; returns maps, lists and simple values
 */
record Operation(HttpMethod method, String path, Set<String> parameters, Function<Call, Object> action) {

    static Operation get(String path, Set<String> parameters, Function<Call, Object> action) {
        return new Operation(HttpMethod.GET, path, parameters, action);
    }

    static Operation post(String path, Function<Call, Object> action) {
        return new Operation(HttpMethod.POST, path, Set.of(), action);
    }

    /** What a user must be allowed to do. */
    Role role() {
        return method.equals(HttpMethod.GET) ? Role.VIEWER : Role.OPERATOR;
    }
}
