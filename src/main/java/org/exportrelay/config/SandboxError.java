package org.exportrelay.config;

/** An error of the simulated API: the documented codes, and two for those that share or lack one. */
public enum SandboxError {
    VALIDATION_ERROR,
    INVALID_REQUEST,
    MISSING_API_KEY,
    INVALID_AUTH_FORMAT,
    INVALID_API_KEY,
    API_KEY_REVOKED,
    API_KEY_EXPIRED,
    ORGANIZATION_NOT_FOUND,
    OAUTH_INVALID_TOKEN,
    PROSPECT_LIMIT_REACHED,
    OAUTH_INSUFFICIENT_SCOPE,
    /** 404, whose code is not documented. */
    NOT_FOUND,
    /** 422, whose code is not documented. */
    UNPROCESSABLE_ENTITY,
    /** The limit of a minute. */
    RATE_LIMIT_EXCEEDED,
    /** The limit of a day. */
    RATE_LIMIT_EXCEEDED_DAY,
    INTERNAL_ERROR
}
