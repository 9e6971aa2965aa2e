package org.exportrelay.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParseException;
import io.quarkus.oidc.OIDCException;
import io.quarkus.security.AuthenticationCompletionException;
import io.quarkus.security.AuthenticationFailedException;
import io.vertx.core.http.HttpClosedException;
import java.io.IOException;
import java.net.ConnectException;
import java.util.List;
import java.util.concurrent.TimeoutException;
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
                REVOKED, new OIDCException("Error status:400"), new OIDCException("{ \"error\" : \"invalid_token\" }"))) {
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
        assertThat(OidcFailure.of(
                        new AuthenticationFailedException(new JsonParseException(null, "not a token")), true))
                .isEqualTo(OidcFailure.REFUSED);
    }

    @Test
    void anythingElseIsADefect() {
        assertThat(OidcFailure.of(new IllegalStateException(), false)).isEqualTo(OidcFailure.UNEXPECTED);
    }
}
