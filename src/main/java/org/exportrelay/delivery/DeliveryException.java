package org.exportrelay.delivery;

import java.util.regex.Pattern;

/**
 * Why an attempt did not succeed and what follows from it, in an operator's words. Its message is
 * stored and logged as it is, so it never quotes a signed URL.
 */
public final class DeliveryException extends Exception {

    private static final long serialVersionUID = 1L;
    /** What a server or a file says must neither end a line of the log nor be refused by a database. */
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}\\u2028\\u2029]+");

    private final FailureAction remedy;

    /**
     * @param remedy what follows
     * @param message subject, value, rule
     */
    public DeliveryException(FailureAction remedy, String message) {
        this(remedy, message, null);
    }

    /**
     * @param remedy what follows
     * @param message subject, value, rule
     * @param cause may be null
     */
    public DeliveryException(FailureAction remedy, String message, Throwable cause) {
        super(CONTROL.matcher(message).replaceAll(" "), cause);
        this.remedy = remedy;
    }

    /** What follows from it. */
    public FailureAction remedy() {
        return remedy;
    }
}
