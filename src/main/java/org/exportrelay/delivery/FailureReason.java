package org.exportrelay.delivery;

import io.quarkus.runtime.util.ExceptionUtil;
import org.apache.camel.CamelExchangeException;
import org.exportrelay.config.Secrets;

/** The text of an exception, for operators. */
public final class FailureReason {

    private static final int LONGEST = 500;

    private FailureReason() {}

    /** One line of at most some hundred characters, without the queries of URLs. */
    public static String of(Throwable thrown) {
        String outer = text(withoutWrapping(thrown));
        String inner = text(ExceptionUtil.getRootCause(thrown));
        String reason = outer.contains(inner) ? outer : outer + ": " + inner;
        // A destination's own error may quote what it was sent.
        String masked = Secrets.masked(reason).replaceAll("[\\s\\p{Cntrl}]+", " ");
        return masked.length() <= LONGEST ? masked : masked.substring(0, LONGEST) + "…";
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
