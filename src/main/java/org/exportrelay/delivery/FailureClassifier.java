package org.exportrelay.delivery;

import java.net.URI;
import org.apache.camel.CamelExchangeException;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.exportrelay.config.Secrets;
import org.exportrelay.records.BadRecordsException;

/** The one place that says what a failed exchange means for its delivery. */
public final class FailureClassifier {

    private static final int LONGEST_REASON = 500;

    private FailureClassifier() {}

    /**
     * The relay's own setbacks say what follows. A local disk that cannot be written is not the
     * delivery's fault, so it uses up no attempt. Whatever else a route's steps throw is tried again,
     * since nothing is known of it but that the destination has not accepted the delivery.
     */
    public static DeliveryException of(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof DeliveryException setback) {
                return setback;
            }
            if (cause instanceof BadRecordsException) {
                return new DeliveryException(FailureAction.PARK, cause.getMessage(), thrown);
            }
            if (cause instanceof HttpOperationFailedException answered) {
                return answered(answered);
            }
        }
        return DiskFault.in(thrown).isPresent()
                ? new DeliveryException(FailureAction.POSTPONE, "a disk cannot be written: " + reason(thrown), thrown)
                : new DeliveryException(FailureAction.RETRY, reason(thrown), thrown);
    }

    /**
     * A 4xx says that the same request will be refused again, except for the three that ask for
     * patience. The host is named without path and query, which may be credentials; nor is the answer quoted.
     */
    private static DeliveryException answered(HttpOperationFailedException failure) {
        int status = failure.getStatusCode();
        boolean refused = status >= 400 && status < 500 && status != 408 && status != 425 && status != 429;
        return new DeliveryException(
                refused ? FailureAction.PARK : FailureAction.RETRY,
                host(failure.getUri()) + " answered " + status,
                failure);
    }

    private static String host(String uri) {
        return URI.create(uri.replaceFirst("[?#].*", "")).getAuthority();
    }

    /** What an exception says, in one line and without the queries of URLs. */
    public static String reason(Throwable thrown) {
        Throwable root = thrown;
        while (root.getCause() != null && root.getCause() != root) {
            root = root.getCause();
        }
        String outer = text(withoutWrapping(thrown));
        String inner = text(root);
        String reason = outer.contains(inner) ? outer : outer + ": " + inner;
        // A destination's own error may quote what it was sent.
        String masked = Secrets.masked(reason).replaceAll("[\\s\\p{Cntrl}]+", " ");
        return masked.length() <= LONGEST_REASON ? masked : masked.substring(0, LONGEST_REASON) + "…";
    }

    /** A step such as split wraps what its own steps throw, and says only which exchange it was. */
    private static Throwable withoutWrapping(Throwable thrown) {
        Throwable said = thrown;
        while (said instanceof CamelExchangeException && said.getCause() != null) {
            said = said.getCause();
        }
        return said;
    }

    private static String text(Throwable thrown) {
        String name = thrown.getClass().getSimpleName();
        return thrown.getMessage() == null ? name : thrown.getMessage() + " (" + name + ")";
    }
}
