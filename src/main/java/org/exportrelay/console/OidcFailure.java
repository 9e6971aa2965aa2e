package org.exportrelay.console;

import com.fasterxml.jackson.core.JacksonException;
import io.quarkus.oidc.OIDCException;
import io.quarkus.runtime.util.ExceptionUtil;
import io.quarkus.security.AuthenticationCompletionException;
import io.quarkus.security.AuthenticationFailedException;
import io.vertx.core.VertxException;
import java.io.IOException;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;
import org.apache.camel.util.ObjectHelper;
import org.exportrelay.config.Secrets;
import org.jose4j.jwt.consumer.ErrorCodeValidator;
import org.jose4j.jwt.consumer.InvalidJwtException;

/** Why Quarkus has not accepted a request with an OpenID Connect login. */
enum OidcFailure {
    /** The provider cannot be reached, or has a failure of its own: the login or the session may be right. */
    PROVIDER_UNAVAILABLE,
    /** The login or the token is wrong. */
    REFUSED,
    /** The session has ended, here or at the provider. */
    SESSION_ENDED,
    /** A defect. */
    UNEXPECTED;

    /**
     * What Quarkus reports as the message if the provider refuses a request, such as the refresh of a session: the body, which
     * is an error of OAuth 2.0 (RFC 6749, section 5.2), or the status if the body is empty.
     */
    private static final Pattern REFUSAL = Pattern.compile(
            "(?s)\\s*\\{.*\"error\"\\s*:\\s*\"(?!server_error|temporarily_unavailable).*|Error status:4(?!08|29)\\d\\d");

    /** As JSON Web Tokens begin, in the message of a wrong signature. */
    private static final Pattern TOKEN = Pattern.compile("eyJ[\\w.-]+");

    /**
     * @param failure of Quarkus
     * @param hasToken whether the request has a bearer token, not a session
     */
    static OidcFailure of(Throwable failure, boolean hasToken) {
        boolean isFailed = failure instanceof AuthenticationFailedException;
        if (isOfProvider(failure)) {
            return PROVIDER_UNAVAILABLE;
        }
        if (failure instanceof AuthenticationCompletionException || isFailed && hasToken) {
            return REFUSED;
        }
        return isFailed ? SESSION_ENDED : UNEXPECTED;
    }

    private static boolean isOfProvider(Throwable failure) {
        OIDCException answer = ObjectHelper.getException(OIDCException.class, failure);
        boolean isRefusal = answer != null
                && answer != failure
                && answer.getMessage() != null
                && REFUSAL.matcher(answer.getMessage()).matches();
        return answer != null && !isRefusal
                || StreamSupport.stream(
                                ObjectHelper.createExceptionIterable(failure).spliterator(), false)
                        .anyMatch(OidcFailure::isOfConnection);
    }

    /**
     * Mutiny reports a connection that fails without a cause, as timeouts do, with a NullPointerException: Quarkus transforms
     * each failure into its cause. Exceptions of Jackson are of a malformed token.
     */
    private static boolean isOfConnection(Throwable failure) {
        return failure instanceof IOException && !(failure instanceof JacksonException)
                || failure instanceof TimeoutException
                || failure instanceof io.smallrye.mutiny.TimeoutException
                || failure instanceof VertxException
                || failure instanceof NullPointerException;
    }

    /**
     * For the operator who sets it up, in one line; it may quote the client. The message of a refused token has its claims,
     * which are personal data: only the rule that it breaks is reported.
     */
    static String reason(Throwable failure) {
        InvalidJwtException token = ObjectHelper.getException(InvalidJwtException.class, failure);
        String message = token == null
                ? ExceptionUtil.getRootCause(failure).getMessage()
                : token.getErrorDetails().stream()
                        .findFirst()
                        .map(ErrorCodeValidator.Error::getErrorMessage)
                        .orElse("not a JSON Web Token");
        return message == null
                ? ""
                : Texts.shortened(Secrets.masked(
                        TOKEN.matcher(message.replaceAll("\\p{Cntrl}+", " ")).replaceAll("…")));
    }
}
