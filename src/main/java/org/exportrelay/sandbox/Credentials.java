package org.exportrelay.sandbox;

import java.util.Optional;

/** The one key that the sandbox accepts. */
record Credentials(String key) {

    private static final String SCHEME = "Bearer ";

    /** A key in the documented form, always the same for the same seed. */
    static Credentials from(Seed seed) {
        return new Credentials("dm_sk_live_" + seed.text("key", 32));
    }

    /**
     * Why the request is refused; empty when it is let in.
     *
     * @param authorization the header's value, null when there is none
     */
    Optional<ErrorBody> refusal(String authorization) {
        if (authorization == null) {
            return refuse("missing_api_key", "Send the API key in the Authorization header");
        }
        if (!authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return refuse("invalid_auth_format", "The Authorization header must be: Bearer <API key>");
        }
        String token = authorization.substring(SCHEME.length()).strip();
        if (token.equals(key)) {
            return Optional.empty();
        }
        return token.startsWith("dm_at_live_")
                ? refuse("oauth_invalid_token", "The OAuth token is not valid")
                : refuse("invalid_api_key", "The API key is not valid");
    }

    /** Keeps the key out of whatever prints this. */
    @Override
    public String toString() {
        return "Credentials[key=***]";
    }

    private static Optional<ErrorBody> refuse(String code, String message) {
        return Optional.of(ErrorBody.unauthorized(code, message));
    }
}
