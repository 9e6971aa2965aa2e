package org.exportrelay.ledger;

/** What an export that was listed is to the ledger. */
public enum RecordResult {
    /** Not listed before; its files now have a delivery for every destination that wants them. */
    NEW,
    /** Recorded earlier. */
    KNOWN,
    /** Not listed before, and its URLs have expired: recorded, but nothing can be delivered. */
    TOO_LATE
}
