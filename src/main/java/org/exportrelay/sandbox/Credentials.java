package org.exportrelay.sandbox;

import java.util.Optional;

/**
 * What the sandbox accepts as bearer token.
 *
 * @param key an API key
 * @param oauthToken an OAuth token, which works the same way
 */
record Credentials(String key, String oauthToken) {

    private static final String SCHEME = "Bearer ";
    private static final String OAUTH = "dm_at_live_";

    /** Both in the documented form, always the same for the same seed. */
    static Credentials from(Seed seed) {
        return new Credentials("dm_sk_live_" + seed.text("key", 32), OAUTH + seed.text("oauth token", 32));
    }

    /**
     * Why the request is refused; empty when it is accepted.
     *
     * @param authorization the header's value
     */
    Optional<ErrorBody> refusal(Optional<String> authorization) {
        if (authorization.isEmpty()) {
            return refuse(DocumentedError.MISSING_API_KEY);
        }
        String value = authorization.get();
        if (!value.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return refuse(DocumentedError.INVALID_AUTH_FORMAT);
        }
        String token = token(value);
        if (token.equals(key) || token.equals(oauthToken)) {
            return Optional.empty();
        }
        return refuse(token.startsWith(OAUTH) ? DocumentedError.OAUTH_INVALID_TOKEN : DocumentedError.INVALID_API_KEY);
    }

    /** Whether an accepted request uses the OAuth token. */
    boolean isOauth(Optional<String> authorization) {
        return authorization.map(Credentials::token).filter(oauthToken::equals).isPresent();
    }

    /** Keeps both out of whatever prints this. */
    @Override
    public String toString() {
        return "Credentials[key=***, oauthToken=***]";
    }

    private static String token(String authorization) {
        return authorization.substring(SCHEME.length()).strip();
    }

    private static Optional<ErrorBody> refuse(DocumentedError error) {
        return Optional.of(error.body());
    }
}
