package org.exportrelay.destinations.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultMessage;
import org.exportrelay.testing.SettableClock;
import org.junit.jupiter.api.Test;

class WebhookSignatureTest {

    private final WebhookSignature signature =
            new WebhookSignature(new SettableClock(Instant.ofEpochSecond(1_771_342_200)));

    /** The expected value is openssl's: printf '%s' '1771342200.{"name":"é"}' | openssl dgst -sha256 -hmac SECRET. */
    @Test
    void signsTimestampAndBodyAsOpensslDoes() throws Exception {
        signature.setSecret("0123456789abcdef0123456789abcdef");
        DefaultMessage message = new DefaultMessage(new DefaultCamelContext());
        message.setBody("{\"name\":\"é\"}");
        signature.sign(message);
        assertThat(message.getHeader("X-Export-Signature"))
                .isEqualTo("t=1771342200,v1=ec41d763f132bf5b1c7835a868bb6124ec3c04f085de1f2dfeea80e93ecb7c17");
        assertThat(message.getBody()).isEqualTo("{\"name\":\"é\"}".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    @Test
    void refusesAShortSecretWithoutTellingIt() {
        assertThatThrownBy(() -> signature.setSecret("hunter2"))
                .hasMessageContaining("7 characters")
                .hasMessageContaining("at least 32")
                .message()
                .doesNotContain("hunter2");
    }
}
