package org.exportrelay.delivery;

/** What the relay does with a delivery after an attempt that did not succeed. */
public enum FailureAction {
    /** Retries after the retry delay; parks the delivery after its last attempt. */
    RETRY,
    /** Retries soon and counts no attempt, since the delivery is not at fault. */
    POSTPONE,
    /** Parks the delivery now, since a retry cannot succeed. */
    PARK,
    /** Ends the delivery as expired, since there is nothing left to download. */
    EXPIRE
}
