package org.exportrelay.sandbox;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The decoded parameters of a request, in the order of the request. */
record QueryString(List<Parameter> parameters) {

    /** One of them; an absent value is empty. */
    record Parameter(String name, String value) {}

    /**
     * @param raw null when the request has none
     * @throws IllegalArgumentException if a percent sign encodes nothing
     */
    static QueryString parse(String raw) {
        if (raw == null || raw.isEmpty()) {
            return new QueryString(List.of());
        }
        return new QueryString(
                Stream.of(raw.split("&")).map(QueryString::parameter).toList());
    }

    /** The first of that name. */
    Optional<String> first(String name) {
        return parameters.stream()
                .filter(parameter -> parameter.name().equals(name))
                .map(Parameter::value)
                .findFirst();
    }

    private static Parameter parameter(String pair) {
        int equals = pair.indexOf('=');
        return equals < 0
                ? new Parameter(decoded(pair), "")
                : new Parameter(decoded(pair.substring(0, equals)), decoded(pair.substring(equals + 1)));
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text, StandardCharsets.UTF_8);
    }
}
