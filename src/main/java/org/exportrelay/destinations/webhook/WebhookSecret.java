package org.exportrelay.destinations.webhook;

import java.util.Base64;
import javax.crypto.spec.SecretKeySpec;

/** A secret in the form of Standard Webhooks: {@code whsec_} and the base64 of 24 to 64 bytes. */
final class WebhookSecret {

    static final String ALGORITHM = "HmacSHA256";

    private static final String PREFIX = "whsec_";
    private static final int FEWEST_BYTES = 24;
    private static final int MOST_BYTES = 64;

    private WebhookSecret() {}

    /**
     * Reads a secret.
     *
     * @param name what it is called, for messages
     * @throws IllegalArgumentException if it has another form; the message does not contain it
     */
    static SecretKeySpec parse(String name, String text) {
        if (!text.startsWith(PREFIX)) {
            throw refused(name, "does not begin with " + PREFIX);
        }
        byte[] key;
        try {
            key = Base64.getDecoder().decode(text.substring(PREFIX.length()));
        } catch (IllegalArgumentException e) {
            // The message of the cause quotes a character of the secret.
            throw refused(name, "is not base64 after " + PREFIX);
        }
        if (key.length < FEWEST_BYTES || key.length > MOST_BYTES) {
            throw refused(name, "has " + key.length + " bytes after " + PREFIX);
        }
        return new SecretKeySpec(key, ALGORITHM);
    }

    private static IllegalArgumentException refused(String name, String fault) {
        return new IllegalArgumentException("the webhook's " + name + " " + fault + "; use " + PREFIX
                + " and the base64 of " + FEWEST_BYTES + " to " + MOST_BYTES
                + " random bytes, such as from 'echo " + PREFIX + "$(openssl rand -base64 32)', or sign with the bean"
                + " WebhookSignature, which accepts any text of 32 characters");
    }
}
