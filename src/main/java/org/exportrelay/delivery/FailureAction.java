package org.exportrelay.delivery;

/** What happens to a delivery after an attempt that did not succeed. */
public enum FailureAction {
    /** Try again after the retry delay; parked once its attempts are used up. */
    RETRY,
    /** Try again soon without counting an attempt, since the fault is not the delivery's. */
    POSTPONE,
    /** Give up now, since trying again cannot help. */
    PARK,
    /** Give up, since there is nothing to download any more. */
    EXPIRE
}
