package org.exportrelay.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.core.JsonParseException;
import io.quarkus.oidc.OIDCException;
import io.quarkus.security.AuthenticationCompletionException;
import io.quarkus.security.AuthenticationFailedException;
import io.vertx.core.http.HttpClosedException;
import java.io.IOException;
import java.net.ConnectException;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;
import org.jose4j.keys.HmacKey;
import org.jose4j.lang.JoseException;
import org.junit.jupiter.api.Test;

class OidcFailureTest {

    private static final OIDCException REVOKED =
            new OIDCException("{\"error\":\"invalid_grant\",\"error_description\":\"Session not active\"}");

    @Test
    void aProviderThatCannotBeReachedEndsNothing() {
        for (Throwable cause : List.of(
                new ConnectException("Connection refused"),
                new IOException("reset"),
                new TimeoutException(),
                new io.smallrye.mutiny.TimeoutException(),
                new HttpClosedException("Connection was closed"),
                new NullPointerException(),
                new OIDCException("Error status:503"),
                new OIDCException("Error status:429"),
                new OIDCException("<html>Bad Gateway</html>"),
                new OIDCException("{\"error\":\"temporarily_unavailable\"}"),
                new OIDCException(new IllegalStateException()))) {
            for (boolean hasToken : new boolean[] {true, false}) {
                assertThat(OidcFailure.of(new AuthenticationFailedException(cause), hasToken))
                        .as(cause.toString())
                        .isEqualTo(OidcFailure.PROVIDER_UNAVAILABLE);
                assertThat(OidcFailure.of(new AuthenticationCompletionException(cause), hasToken))
                        .as(cause.toString())
                        .isEqualTo(OidcFailure.PROVIDER_UNAVAILABLE);
            }
        }
        assertThat(OidcFailure.of(new OIDCException("OIDC Server is not available"), false))
                .isEqualTo(OidcFailure.PROVIDER_UNAVAILABLE);
        assertThat(OidcFailure.of(REVOKED, false)).isEqualTo(OidcFailure.PROVIDER_UNAVAILABLE);
    }

    @Test
    void aSessionThatIsRefusedHasEnded() {
        for (Throwable cause : List.of(
                REVOKED,
                new OIDCException("Error status:400"),
                new OIDCException("{ \"error\" : \"invalid_token\" }"))) {
            assertThat(OidcFailure.of(new AuthenticationFailedException(cause), false))
                    .isEqualTo(OidcFailure.SESSION_ENDED);
        }
        assertThat(OidcFailure.of(new AuthenticationFailedException(), false)).isEqualTo(OidcFailure.SESSION_ENDED);
    }

    @Test
    void aLoginOrATokenThatIsWrongIsRefused() {
        assertThat(OidcFailure.of(new AuthenticationCompletionException(REVOKED), false))
                .isEqualTo(OidcFailure.REFUSED);
        assertThat(OidcFailure.of(new AuthenticationFailedException(), true)).isEqualTo(OidcFailure.REFUSED);
        assertThat(OidcFailure.of(new AuthenticationFailedException(new JsonParseException(null, "not a token")), true))
                .isEqualTo(OidcFailure.REFUSED);
    }

    @Test
    void anythingElseIsADefect() {
        assertThat(OidcFailure.of(new IllegalStateException(), false)).isEqualTo(OidcFailure.UNEXPECTED);
    }

    @Test
    void theReasonOfARefusedTokenIsTheRuleNotTheClaims() {
        JsonWebSignature other = new JsonWebSignature();
        other.setPayload("{\"sub\":\"grace\",\"email\":\"grace@example.com\",\"aud\":\"other\",\"exp\":1}");
        other.setKey(new HmacKey(new byte[32]));
        other.setAlgorithmHeaderValue("HS256");
        String token = compact(other);
        String forged = token.substring(0, token.length() - 4) + "AAAA";
        for (String sent : List.of(token, forged, token.substring(0, token.lastIndexOf('.') + 1), "x", "a.b.c")) {
            Throwable refused = catchThrowable(() -> new JwtConsumerBuilder()
                    .setVerificationKey(new HmacKey(new byte[32]))
                    .setExpectedAudience("relay")
                    .build()
                    .processToClaims(sent));
            String reason = OidcFailure.reason(new AuthenticationFailedException(refused));
            assertThat(reason)
                    .as(sent)
                    .isNotBlank()
                    .doesNotContain("grace", "eyJ", "\n")
                    .hasSizeLessThan(202);
        }
        assertThat(OidcFailure.reason(new AuthenticationFailedException())).isEmpty();
        assertThat(OidcFailure.reason(new AuthenticationCompletionException("no\r\ncode, password=hunter22")))
                .isEqualTo("no code, password=…");
    }

    private static String compact(JsonWebSignature token) {
        try {
            return token.getCompactSerialization();
        } catch (JoseException e) {
            throw new IllegalStateException(e);
        }
    }
}
