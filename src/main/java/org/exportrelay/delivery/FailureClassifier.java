package org.exportrelay.delivery;

import io.quarkus.runtime.util.ExceptionUtil;
import java.net.URI;
import org.apache.camel.CamelExchangeException;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.apache.camel.util.ObjectHelper;
import org.exportrelay.api.TransientStatus;
import org.exportrelay.config.Secrets;

/** Decides what a failed exchange means for its delivery, unless the failure says so itself. */
public final class FailureClassifier {

    private static final int LONGEST_REASON = 500;

    private FailureClassifier() {}

    /**
     * A {@link DeliveryFailure} is taken at its word. A local disk that cannot be written is not the delivery's fault,
     * so it counts no attempt. Whatever else a route's steps throw is retried: all that is known is that the
     * destination has not accepted the delivery.
     */
    public static DeliveryException of(Throwable thrown) {
        for (Throwable cause : ObjectHelper.createExceptionIterable(thrown)) {
            if (cause instanceof DeliveryException classified) {
                return classified;
            }
            if (cause instanceof DeliveryFailure failure) {
                return new DeliveryException(failure.action(), failure.getMessage(), thrown);
            }
            if (cause instanceof HttpOperationFailedException answered) {
                return answered(answered);
            }
        }
        return DiskFault.in(thrown).isPresent()
                ? new DeliveryException(FailureAction.POSTPONE, "a disk cannot be written: " + reason(thrown), thrown)
                : new DeliveryException(FailureAction.RETRY, reason(thrown), thrown);
    }

    /** The host is named without path and query, which may be credentials; nor is the answer quoted. */
    private static DeliveryException answered(HttpOperationFailedException failure) {
        int status = failure.getStatusCode();
        boolean refused = status >= 400 && status < 500 && !TransientStatus.is(status);
        return new DeliveryException(
                refused ? FailureAction.PARK : FailureAction.RETRY,
                host(failure.getUri()) + " answered " + status,
                failure);
    }

    private static String host(String uri) {
        return URI.create(uri.replaceFirst("[?#].*", "")).getAuthority();
    }

    /** The text of an exception, in one line and without the queries of URLs. */
    public static String reason(Throwable thrown) {
        String outer = text(withoutWrapping(thrown));
        String inner = text(ExceptionUtil.getRootCause(thrown));
        String reason = outer.contains(inner) ? outer : outer + ": " + inner;
        // A destination's own error may quote what it was sent.
        String masked = Secrets.masked(reason).replaceAll("[\\s\\p{Cntrl}]+", " ");
        return masked.length() <= LONGEST_REASON ? masked : masked.substring(0, LONGEST_REASON) + "…";
    }

    /** A step such as split wraps what its own steps throw, and its message only names the exchange. */
    private static Throwable withoutWrapping(Throwable thrown) {
        Throwable inner = thrown;
        while (inner instanceof CamelExchangeException && inner.getCause() != null) {
            inner = inner.getCause();
        }
        return inner;
    }

    private static String text(Throwable thrown) {
        String name = thrown.getClass().getSimpleName();
        return thrown.getMessage() == null ? name : thrown.getMessage() + " (" + name + ")";
    }
}
