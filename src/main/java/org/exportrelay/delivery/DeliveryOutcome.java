package org.exportrelay.delivery;

import java.time.Duration;
import org.exportrelay.config.Durations;

/**
 * What became of a delivery after an attempt.
 *
 * @param state null if the claim was lost and another instance decides
 * @param delay until the next attempt; null if there is none
 * @param uncounted 1 if the attempt does not count, else 0
 */
public record DeliveryOutcome(DeliveryState state, Duration delay, int uncounted) {

    public static final DeliveryOutcome LOST = new DeliveryOutcome(null, null, 0);

    /** Before something that is not the delivery's fault, such as an API that is away, is tried again. */
    private static final Duration POSTPONEMENT = Duration.ofSeconds(15);

    public static DeliveryOutcome of(FailureAction remedy, int attempts, RetryPolicy retries) {
        return switch (remedy) {
            case RETRY -> retries.isExhausted(attempts)
                    ? new DeliveryOutcome(DeliveryState.PARKED, null, 0)
                    : new DeliveryOutcome(DeliveryState.RETRYING, retries.delayAfter(attempts), 0);
            case POSTPONE -> new DeliveryOutcome(DeliveryState.RETRYING, POSTPONEMENT, 1);
            case PARK -> new DeliveryOutcome(DeliveryState.PARKED, null, 0);
            case EXPIRE -> new DeliveryOutcome(DeliveryState.EXPIRED, null, 0);
        };
    }

    /** Whether another instance has taken the delivery meanwhile. */
    public boolean isLost() {
        return state == null;
    }

    /** Whether the attempt failed for a reason that is told elsewhere, such as an API that is away. */
    public boolean isPostponed() {
        return uncounted == 1;
    }

    /** How a log line about it ends. */
    public String text(int attempt, RetryPolicy retries) {
        if (state != DeliveryState.RETRYING) {
            return state.text() + " after attempt " + attempt;
        }
        return "trying again in " + Durations.text(delay)
                + (isPostponed() ? "" : " (attempt " + attempt + " of " + retries.maxAttempts() + " failed)");
    }
}
