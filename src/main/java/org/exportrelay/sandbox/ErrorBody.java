package org.exportrelay.sandbox;

import java.security.SecureRandom;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An error in the shape that the API documents. */
record ErrorBody(int status, String code, String message, Map<String, Object> details) {

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String ALPHANUMERICS = "abcdefghijklmnopqrstuvwxyz0123456789";

    static ErrorBody validation(List<ListQuery.Issue> issues) {
        return DocumentedError.VALIDATION_ERROR.body(Map.of("issues", issues));
    }

    /** Not among the documented errors; what HTTP prescribes, in their shape. */
    static ErrorBody methodNotAllowed(String method) {
        return new ErrorBody(405, "method_not_allowed", method + " is not allowed here", Map.of());
    }

    static ErrorBody rateLimited(String limitType, long retryAfterSeconds) {
        return DocumentedError.RATE_LIMIT_EXCEEDED.body(
                Map.of("limit_type", limitType, "retry_after", retryAfterSeconds));
    }

    /** The JSON object to send, with a new request id. */
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
