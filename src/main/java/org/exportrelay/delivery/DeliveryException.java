package org.exportrelay.delivery;

import java.time.Duration;
import java.util.Optional;
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
    /** Null if there is none. */
    private final transient Duration retryAfter;

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
        this(action, message, Optional.empty(), cause);
    }

    /**
     * @param action what follows
     * @param message subject, value, rule
     * @param retryAfter how long the destination asks to wait
     * @param cause may be null
     */
    public DeliveryException(FailureAction action, String message, Optional<Duration> retryAfter, Throwable cause) {
        super(CONTROL.matcher(message).replaceAll(" "), cause);
        this.action = action;
        this.retryAfter = retryAfter.orElse(null);
    }

    @Override
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }

    @Override
    public FailureAction action() {
        return action;
    }
}
