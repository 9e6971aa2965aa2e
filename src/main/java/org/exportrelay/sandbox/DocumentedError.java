package org.exportrelay.sandbox;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Every error that the API documents. Two statuses have no documented code: the codes of
 * {@link #NOT_FOUND} and {@link #UNPROCESSABLE_ENTITY} are the usual ones.
 */
public enum DocumentedError {
    VALIDATION_ERROR(400, "The request is not valid") {
        @Override
        Map<String, Object> details() {
            return Map.of("issues", List.of(new ListQuery.Issue("limit", "must be at most 100")));
        }
    },
    INVALID_REQUEST(400, "The request cannot be read"),
    MISSING_API_KEY(401, "Send the API key in the Authorization header"),
    INVALID_AUTH_FORMAT(401, "The Authorization header must be: Bearer <API key>"),
    INVALID_API_KEY(401, "The API key is not valid"),
    API_KEY_REVOKED(401, "The API key has been revoked"),
    API_KEY_EXPIRED(401, "The API key has expired"),
    ORGANIZATION_NOT_FOUND(401, "The organization of the API key does not exist"),
    OAUTH_INVALID_TOKEN(401, "The OAuth token is not valid"),
    PROSPECT_LIMIT_REACHED(402, "The prospect limit of the plan is reached"),
    OAUTH_INSUFFICIENT_SCOPE(403, "The OAuth token lacks the scope for this request"),
    NOT_FOUND(404, "Not found"),
    UNPROCESSABLE_ENTITY(422, "The request is understood but cannot be carried out"),
    /** The requests of this minute are spent. */
    RATE_LIMIT_EXCEEDED(429, "Too many requests. Please retry after the specified time."),
    /** The requests of this day are spent; its code is {@code rate_limit_exceeded} too. */
    RATE_LIMIT_EXCEEDED_DAY(429, RATE_LIMIT_EXCEEDED.message) {
        @Override
        String code() {
            return RATE_LIMIT_EXCEEDED.code();
        }
    },
    INTERNAL_ERROR(500, "Something went wrong on our side");

    private final int status;
    private final String message;

    DocumentedError(int status, String message) {
        this.status = status;
        this.message = message;
    }

    int status() {
        return status;
    }

    String code() {
        return name().toLowerCase(Locale.ROOT);
    }

    Map<String, Object> details() {
        return Map.of();
    }

    ErrorBody body() {
        return body(message);
    }

    ErrorBody body(String otherMessage) {
        return new ErrorBody(status, code(), otherMessage, details());
    }

    ErrorBody body(Map<String, Object> otherDetails) {
        return new ErrorBody(status, code(), message, otherDetails);
    }
}
