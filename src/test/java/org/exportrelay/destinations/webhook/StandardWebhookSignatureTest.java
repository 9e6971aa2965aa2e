package org.exportrelay.destinations.webhook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import org.apache.camel.Message;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultMessage;
import org.exportrelay.testing.SettableClock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StandardWebhookSignatureTest {

    private static final String SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static final String PREVIOUS = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    private final StandardWebhookSignature signature = at(1_771_342_200);

    /** The example of the reference implementations. */
    @Test
    void signsAsTheReferenceImplementationsDo() throws Exception {
        StandardWebhookSignature reference = at(1_614_265_330);
        reference.setSecret(SECRET);
        Message message = message("{\"test\": 2432232314}", Map.of("ExportDeliveryId", "msg_p5jXN8AQM9LWM0D4loKWxJek"));
        reference.sign(message);
        assertThat(message.getHeaders())
                .containsEntry("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek")
                .containsEntry("webhook-timestamp", "1614265330")
                .containsEntry("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    /** The expected values are openssl's, of the bytes of the body in UTF-8. */
    @Test
    void signsWithBothSecretsWhileOneReplacesTheOther() throws Exception {
        signature.setSecret(SECRET);
        signature.setPreviousSecret(PREVIOUS);
        Message message = message("{\"name\":\"é\"}", Map.of("ExportDeliveryId", "d-1"));
        signature.sign(message);
        assertThat(message.getHeader("webhook-signature"))
                .isEqualTo("v1,KxGt/Cs6fTrL3dm8K2RHRETGa8/YAPhSskhFxx1glj4="
                        + " v1,YfeWGcfiGZiaeenBt+e/h7M9LK1dFglUuiie4oe15cc=");
        assertThat(message.getBody()).isEqualTo("{\"name\":\"é\"}".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void signsOnceWithoutAPreviousSecret() throws Exception {
        signature.setSecret(SECRET);
        signature.setPreviousSecret("");
        Message message = message("{}", Map.of("ExportDeliveryId", "d-1"));
        signature.sign(message);
        assertThat(message.getHeader("webhook-signature", String.class)).doesNotContain(" ");
    }

    /** Several events concern one delivery. */
    @Test
    void anEventHasItsOwnId() throws Exception {
        signature.setSecret(SECRET);
        Message message = message("{}", Map.of("ExportDeliveryId", "d-1", "ExportEventId", 4711L));
        signature.sign(message);
        assertThat(message.getHeader("webhook-id")).isEqualTo("4711");
    }

    @Test
    void refusesAMessageWithoutAnId() {
        signature.setSecret(SECRET);
        assertThatThrownBy(() -> signature.sign(message("{}", Map.of())))
                .hasMessageContaining("neither the header ExportDeliveryId nor ExportEventId");
    }

    @ParameterizedTest
    @CsvSource({
        "0123456789abcdef0123456789abcdef, does not begin with whsec_",
        "WHSEC_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw, does not begin with whsec_",
        "whsec_MfKQ9r8GKYqrTwjU*D8ILPZIo2LaLaSw, is not base64 after whsec_",
        "whsec_, has 0 bytes after whsec_",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLa==, has 22 bytes after whsec_"
    })
    void refusesASecretOfAnotherFormWithoutItsText(String secret, String fault) {
        assertThatThrownBy(() -> signature.setSecret(secret))
                .hasMessageContaining("the webhook's secret " + fault)
                .hasMessageContaining("echo whsec_$(openssl rand -base64 32)")
                .hasNoCause()
                .message()
                .doesNotContain("0123456789abcdef")
                .doesNotContain("MfKQ9r8GKYqrTwjU")
                .doesNotContain("*");
        assertThatThrownBy(() -> signature.setPreviousSecret(secret))
                .hasMessageContaining("the webhook's previous secret " + fault);
    }

    @ParameterizedTest
    @ValueSource(ints = {24, 64})
    void acceptsTheShortestAndTheLongestSecret(int bytes) {
        signature.setSecret("whsec_" + Base64.getEncoder().encodeToString(new byte[bytes]));
    }

    @Test
    void refusesASecretThatIsLongerThanTheLongest() {
        String secret = "whsec_" + Base64.getEncoder().encodeToString(new byte[65]);
        assertThatThrownBy(() -> signature.setSecret(secret)).hasMessageContaining("has 65 bytes");
    }

    private static StandardWebhookSignature at(long seconds) {
        return new StandardWebhookSignature(new SettableClock(Instant.ofEpochSecond(seconds)));
    }

    private static Message message(String body, Map<String, Object> headers) {
        Message message = new DefaultMessage(new DefaultCamelContext());
        message.setBody(body);
        message.getHeaders().putAll(headers);
        return message;
    }
}
