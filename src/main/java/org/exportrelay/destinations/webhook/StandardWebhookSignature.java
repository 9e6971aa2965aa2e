package org.exportrelay.destinations.webhook;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.util.Base64;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.camel.Message;
import org.exportrelay.component.EventHeaders;
import org.exportrelay.component.ExportHeaders;

/**
 * Signs what is posted to a webhook as Standard Webhooks 1.0 defines it: {@code webhook-id}, the id of the delivery or of
 * the event, the same for each attempt; {@code webhook-timestamp}, when this attempt was signed, in Unix seconds; and
 * {@code webhook-signature}, {@code v1,} and the base64 of the HMAC-SHA256 of {@code ID.TIMESTAMP.BODY}. While a secret is
 * replaced, a message has a signature by each of both. A bean of the route file, so that each webhook has its own secrets.
 * Thread-safe once it has them.
 */
public final class StandardWebhookSignature {

    static final String ID = "webhook-id";
    static final String TIMESTAMP = "webhook-timestamp";
    static final String SIGNATURE = "webhook-signature";

    private final Clock clock;
    private SecretKeySpec key;
    /** Null unless the secret is being replaced. */
    private SecretKeySpec previousKey;

    public StandardWebhookSignature() {
        this(Clock.systemUTC());
    }

    StandardWebhookSignature(Clock clock) {
        this.clock = clock;
    }

    /**
     * @param secret {@code whsec_} and the base64 of 24 to 64 bytes
     * @throws IllegalArgumentException if it has another form; the message does not contain it
     */
    public void setSecret(String secret) {
        key = WebhookSecret.parse("secret", secret);
    }

    /**
     * The secret that the receiver still accepts while it is replaced.
     *
     * @param secret empty if none is being replaced
     * @throws IllegalArgumentException if it has another form; the message does not contain it
     */
    public void setPreviousSecret(String secret) {
        previousKey = secret.isEmpty() ? null : WebhookSecret.parse("previous secret", secret);
    }

    /**
     * Signs the body as the bytes that are posted, and makes them the body.
     *
     * @throws IllegalStateException if the message belongs neither to a delivery nor to one event
     */
    public void sign(Message message) throws GeneralSecurityException {
        String id = id(message);
        byte[] body = message.getBody(String.class).getBytes(StandardCharsets.UTF_8);
        long seconds = clock.instant().getEpochSecond();
        byte[] prefix = (id + "." + seconds + ".").getBytes(StandardCharsets.UTF_8);
        StringJoiner signatures = new StringJoiner(" ");
        signatures.add(signature(key, prefix, body));
        if (previousKey != null) {
            signatures.add(signature(previousKey, prefix, body));
        }
        message.setBody(body);
        message.setHeader(ID, id);
        message.setHeader(TIMESTAMP, String.valueOf(seconds));
        message.setHeader(SIGNATURE, signatures.toString());
    }

    /** An event can concern a delivery, whose id other events have too. */
    private static String id(Message message) {
        Optional<String> id = Stream.of(EventHeaders.ID, ExportHeaders.DELIVERY_ID)
                .map(header -> message.getHeader(header, String.class))
                .filter(value -> value != null)
                .findFirst();
        return id.orElseThrow(() -> new IllegalStateException("the message has neither the header "
                + ExportHeaders.DELIVERY_ID + " nor " + EventHeaders.ID + ", one of which becomes its " + ID
                + "; sign it before a step removes these headers, and without digest"));
    }

    private static String signature(SecretKeySpec key, byte[] prefix, byte[] body) throws GeneralSecurityException {
        Mac mac = Mac.getInstance(WebhookSecret.ALGORITHM);
        mac.init(key);
        mac.update(prefix);
        return "v1," + Base64.getEncoder().encodeToString(mac.doFinal(body));
    }
}
