package org.exportrelay.runtime;

import jakarta.inject.Singleton;

/**
 * The last snapshot of the ledger. It refers to no part of the ledger, so that a probe during the start does not wait until
 * the ledger is open. Thread-safe.
 */
@Singleton
public class LedgerSnapshots {

    private volatile LedgerSnapshot latest = LedgerSnapshot.NONE;

    /** Empty before the first one. */
    public LedgerSnapshot latest() {
        return latest;
    }

    void set(LedgerSnapshot snapshot) {
        latest = snapshot;
    }
}
