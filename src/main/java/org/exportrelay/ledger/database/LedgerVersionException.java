package org.exportrelay.ledger.database;

/** A ledger whose tables are of another version than this program's, or not there. */
final class LedgerVersionException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * @param message continues "the ledger", and ends in the fix
     */
    LedgerVersionException(String message) {
        super(message);
    }
}
