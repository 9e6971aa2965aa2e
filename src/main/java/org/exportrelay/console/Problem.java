package org.exportrelay.console;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Why a request is not answered, as RFC 9457 describes it.
 *
 * @param status of HTTP
 * @param detail subject, value, rule and what to do, in one line
 * @param headers of the answer
 */
record Problem(int status, String detail, Map<String, String> headers) {

    static final String MEDIA_TYPE = "application/problem+json";

    Problem(int status, String detail) {
        this(status, detail, Map.of());
    }

    Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("type", "about:blank");
        fields.put("title", HttpResponseStatus.valueOf(status).reasonPhrase());
        fields.put("status", status);
        fields.put("detail", detail);
        return fields;
    }

    ProblemException exception() {
        return new ProblemException(this);
    }
}
