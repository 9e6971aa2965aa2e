package org.exportrelay.delivery;

import java.util.regex.Pattern;

/**
 * Why an attempt did not succeed and what follows from it, in an operator's terms. Its message is stored and logged as
 * it is, so it never quotes a signed URL.
 */
public final class DeliveryException extends Exception implements DeliveryFailure {

    private static final long serialVersionUID = 1L;
    /** Text of a server or a file must not end a log line, and databases refuse some of these characters. */
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}\\u2028\\u2029]+");

    private final FailureAction action;

    /**
     * @param action what follows
     * @param message subject, value, rule
     */
    public DeliveryException(FailureAction action, String message) {
        this(action, message, null);
    }

    /**
     * @param action what follows
     * @param message subject, value, rule
     * @param cause may be null
     */
    public DeliveryException(FailureAction action, String message, Throwable cause) {
        super(CONTROL.matcher(message).replaceAll(" "), cause);
        this.action = action;
    }

    @Override
    public FailureAction action() {
        return action;
    }
}
