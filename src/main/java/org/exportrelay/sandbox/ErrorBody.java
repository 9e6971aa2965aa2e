package org.exportrelay.sandbox;

import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An error as the API documents it, and the catalogue of those that the sandbox answers. */
record ErrorBody(int status, String code, String message, Map<String, Object> details) {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String ALPHANUMERICS = "abcdefghijklmnopqrstuvwxyz0123456789";

    static ErrorBody validation(List<ListQuery.Issue> issues) {
        return new ErrorBody(400, "validation_error", "The request is not valid", Map.of("issues", issues));
    }

    static ErrorBody unauthorized(String code, String message) {
        return new ErrorBody(401, code, message, Map.of());
    }

    static ErrorBody notFound(String message) {
        return new ErrorBody(404, "not_found", message, Map.of());
    }

    static ErrorBody methodNotAllowed(String method) {
        return new ErrorBody(405, "method_not_allowed", method + " is not allowed here", Map.of());
    }

    static ErrorBody rateLimited(String limitType, long retryAfterSeconds) {
        return new ErrorBody(
                429,
                "rate_limit_exceeded",
                "Rate limit exceeded, retry after " + retryAfterSeconds + " seconds",
                Map.of("limit_type", limitType, "retry_after", retryAfterSeconds));
    }

    static ErrorBody internal() {
        return new ErrorBody(500, "internal_error", "Something went wrong on our side", Map.of());
    }

    /** The JSON object to send, with a request id of its own. */
    Map<String, Object> json() {
        StringBuilder requestId = new StringBuilder("req_");
        RANDOM.ints(12, 0, ALPHANUMERICS.length()).forEach(index -> requestId.append(ALPHANUMERICS.charAt(index)));
        Map<String, Object> error = new LinkedHashMap<>();
        error.put("code", code);
        error.put("message", message);
        error.put("request_id", requestId.toString());
        error.put("details", details);
        return Map.of("error", error);
    }
}
