package org.exportrelay.destinations.webhook;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Clock;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.camel.Message;

/**
 * Signs what is posted to a webhook, so that its receiver can tell the relay's posts from anybody
 * else's, and old ones from new ones: {@code X-Export-Signature: t=UNIX_SECONDS,v1=HEX}, where HEX is
 * the HMAC-SHA256 of {@code UNIX_SECONDS.BODY} under a secret that both sides know. A bean of the
 * route file, so that each webhook has its own secret. Thread-safe once it has its secret.
 */
public final class WebhookSignature {

    static final String HEADER = "X-Export-Signature";

    private static final String ALGORITHM = "HmacSHA256";
    /** As many bytes as RFC 2104 advises against falling below, for a secret drawn by chance in hex. */
    private static final int SHORTEST_SECRET = 32;

    private final Clock clock;
    private SecretKeySpec key;

    public WebhookSignature() {
        this(Clock.systemUTC());
    }

    WebhookSignature(Clock clock) {
        this.clock = clock;
    }

    /**
     * @param secret 32 characters or more
     * @throws IllegalArgumentException if it is shorter; the message does not have it
     */
    public void setSecret(String secret) {
        if (secret.length() < SHORTEST_SECRET) {
            throw new IllegalArgumentException("the webhook's secret has " + secret.length()
                    + " characters; use at least 32 random ones, such as from 'openssl rand -hex 32'");
        }
        key = new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), ALGORITHM);
    }

    /** Signs the body as the bytes that are posted, and makes them the body. */
    public void sign(Message message) throws GeneralSecurityException {
        byte[] body = message.getBody(String.class).getBytes(StandardCharsets.UTF_8);
        long seconds = clock.instant().getEpochSecond();
        Mac mac = Mac.getInstance(ALGORITHM);
        mac.init(key);
        mac.update((seconds + ".").getBytes(StandardCharsets.US_ASCII));
        message.setBody(body);
        message.setHeader(HEADER, "t=" + seconds + ",v1=" + HexFormat.of().formatHex(mac.doFinal(body)));
    }
}
