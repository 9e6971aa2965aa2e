package org.exportrelay.delivery;

import java.time.Duration;
import java.util.Optional;

/**
 * A failure that knows what has to follow from it. An exception that implements this interface is taken at its word,
 * wherever in a chain of causes it is; {@link FailureClassifier}s decide about all others.
 */
public interface DeliveryFailure {

    /** What the relay does next with the delivery. */
    FailureAction action();

    /** What went wrong, in one line without secrets: it is logged and stored as it is. */
    String getMessage();

    /** How long the destination asks to wait before the next attempt, as with {@code Retry-After}; empty if it does not. */
    default Optional<Duration> retryAfter() {
        return Optional.empty();
    }

    /** Whether the destination itself has refused this one delivery: it is up, and other deliveries may succeed. */
    default boolean isAnswer() {
        return false;
    }
}
