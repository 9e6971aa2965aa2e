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

    private final boolean isAnswer;

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
        this(action, message, retryAfter, false, cause);
    }

    private DeliveryException(
            FailureAction action, String message, Optional<Duration> retryAfter, boolean isAnswer, Throwable cause) {
        super(CONTROL.matcher(message).replaceAll(" "), cause);
        this.action = action;
        this.retryAfter = retryAfter.orElse(null);
        this.isAnswer = isAnswer;
    }

    /** The same failure, known to be the destination's own answer; see {@link #isAnswer}. */
    public DeliveryException asAnswer() {
        return new DeliveryException(action, getMessage(), retryAfter(), true, getCause());
    }

    @Override
    public Optional<Duration> retryAfter() {
        return Optional.ofNullable(retryAfter);
    }

    @Override
    public FailureAction action() {
        return action;
    }

    @Override
    public boolean isAnswer() {
        return isAnswer;
    }
}
