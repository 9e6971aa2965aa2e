package org.exportrelay.ledger;

/** What the ledger knew of an export that was listed. */
public enum RecordResult {
    /** Not seen before; its files are now owed to every destination that wants them. */
    NEW,
    /** Recorded earlier. */
    KNOWN,
    /** Not seen before, and its URLs are gone already: recorded, but nothing can be delivered. */
    TOO_LATE
}
