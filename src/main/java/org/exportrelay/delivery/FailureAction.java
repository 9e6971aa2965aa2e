package org.exportrelay.delivery;

/** What the relay does with a delivery after an attempt that did not succeed. */
public enum FailureAction {
    /** The delivery is at fault, or the cause is unknown: retries after the retry delay; parks it after its last attempt. */
    RETRY,
    /** The delivery is at fault, and a retry cannot succeed: parks it now. */
    PARK,
    /**
     * The destination as a whole is unavailable: counts no attempt. All its deliveries wait, and one of them is tried at
     * growing intervals until the destination accepts it.
     */
    OUTAGE,
    /** Neither the delivery nor the destination is at fault: retries soon and counts no attempt. */
    POSTPONE,
    /** Ends the delivery as expired, since there is nothing left to download. */
    EXPIRE
}
