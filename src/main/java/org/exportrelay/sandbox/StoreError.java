package org.exportrelay.sandbox;

import java.nio.charset.StandardCharsets;

/** An error of the store, with its XML body. */
enum StoreError {
    TWO_CREDENTIALS(400, "InvalidArgument", "Only one form of authentication is allowed: the signed URL."),
    MALFORMED_URL(400, "InvalidURI", "The URI could not be parsed."),
    EXPIRED(400, "ExpiredToken", "The provided token has expired."),
    EXPIRED_TOO_EARLY(403, "ExpiredToken", "The provided token has expired."),
    UNSIGNED(403, "AccessDenied", "Access denied."),
    ALTERED(
            403,
            "SignatureDoesNotMatch",
            "Access denied. The request signature does not match the signature calculated here."),
    NO_SUCH_FILE(404, "NoSuchKey", "The specified key does not exist."),
    METHOD_NOT_ALLOWED(405, "MethodNotAllowed", "The specified method is not allowed here."),
    OUTSIDE_THE_FILE(416, "InvalidRange", "The requested range cannot be satisfied."),
    INTERNAL(500, "InternalError", "We encountered an internal error. Please try again."),
    UNAVAILABLE(503, "ServiceUnavailable", "Service unavailable. Please try again.");

    private final int status;
    private final String code;
    private final String message;

    StoreError(int status, String code, String message) {
        this.status = status;
        this.code = code;
        this.message = message;
    }

    Reply reply() {
        String xml = "<?xml version='1.0' encoding='UTF-8'?><Error><Code>%s</Code><Message>%s</Message></Error>"
                .formatted(code, message);
        return Reply.of(status, "application/xml; charset=UTF-8", xml.getBytes(StandardCharsets.UTF_8));
    }
}
