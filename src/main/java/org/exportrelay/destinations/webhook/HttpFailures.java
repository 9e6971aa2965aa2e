package org.exportrelay.destinations.webhook;

import jakarta.inject.Singleton;
import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.apache.camel.util.ObjectHelper;
import org.apache.hc.client5.http.ClientProtocolException;
import org.apache.hc.core5.http.ConnectionClosedException;
import org.apache.hc.core5.http.ConnectionRequestTimeoutException;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.MalformedChunkCodingException;
import org.apache.hc.core5.http.NoHttpResponseException;
import org.exportrelay.api.ProxyConnectionException;
import org.exportrelay.api.ProxyRefusedException;
import org.exportrelay.api.RetryAfter;
import org.exportrelay.api.TransientStatus;
import org.exportrelay.delivery.ConnectionFailures;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.FailureClassifier;
import org.exportrelay.delivery.FailureReason;

/**
 * What the answers of webhooks and other HTTP servers mean. No usable answer at all, from the server or from the proxy in
 * front of it, is an outage. Thread-safe.
 */
@Singleton
public final class HttpFailures implements FailureClassifier {

    /** Of the request as such, whatever it delivers: login, permission, address. */
    private static final Set<Integer> REFUSED = Set.of(401, 403, 404, 407);

    private static final int CLIENT_ERRORS = 400;

    /** Of the HTTP client, beside those of the connection that {@link ConnectionFailures} has for all destinations. */
    private static final List<Class<? extends Exception>> NO_ANSWER = List.of(
            HttpException.class,
            ClientProtocolException.class,
            MalformedChunkCodingException.class,
            NoHttpResponseException.class,
            ConnectionClosedException.class,
            ConnectionRequestTimeoutException.class,
            ProxyConnectionException.class,
            ProxyRefusedException.class);

    @Override
    public Optional<DeliveryException> classify(Throwable failure) {
        return Optional.ofNullable(ObjectHelper.getException(HttpOperationFailedException.class, failure))
                .map(HttpFailures::answered)
                .or(() -> isWithoutAnswer(failure)
                        ? Optional.of(new DeliveryException(FailureAction.OUTAGE, FailureReason.of(failure), failure))
                        : Optional.empty());
    }

    private static boolean isWithoutAnswer(Throwable failure) {
        return NO_ANSWER.stream().anyMatch(kind -> ObjectHelper.getException(kind, failure) != null);
    }

    /** The host is named without path and query, which may be credentials; nor is the answer quoted. */
    private static DeliveryException answered(HttpOperationFailedException failure) {
        int status = failure.getStatusCode();
        return new DeliveryException(
                isOutage(status) ? FailureAction.OUTAGE : FailureAction.PARK,
                host(failure.getUri()) + " answered " + status,
                retryAfter(failure),
                failure);
    }

    /** A redirect is one too: it is not followed, and meets every delivery. */
    static boolean isOutage(int status) {
        return status < CLIENT_ERRORS || REFUSED.contains(status) || TransientStatus.is(status);
    }

    private static Optional<Duration> retryAfter(HttpOperationFailedException failure) {
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.putAll(Objects.requireNonNullElse(failure.getResponseHeaders(), Map.of()));
        return RetryAfter.parse(
                headers.get(HttpHeaders.RETRY_AFTER),
                headers.get(HttpHeaders.DATE),
                Clock.systemUTC().instant());
    }

    private static String host(String uri) {
        return URI.create(uri.replaceFirst("[?#].*", "")).getAuthority().replaceFirst(".*@", "");
    }
}
