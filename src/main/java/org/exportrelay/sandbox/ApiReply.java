package org.exportrelay.sandbox;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Map;

/** Creates the API's replies: JSON, whether a success or an error. */
final class ApiReply {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private ApiReply() {}

    static Reply data(Object data) {
        return json(200, Map.of("data", data));
    }

    /** With {@code Retry-After} where the error has that detail. */
    static Reply error(ErrorBody error) {
        Reply reply = json(error.status(), error.json());
        Object retryAfter = error.details().get("retry_after");
        return retryAfter == null ? reply : reply.with("Retry-After", retryAfter.toString());
    }

    static Reply json(int status, Map<String, Object> body) {
        try {
            return Reply.of(status, "application/json; charset=utf-8", MAPPER.writeValueAsBytes(body));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("maps of text and numbers are always JSON", e);
        }
    }
}
