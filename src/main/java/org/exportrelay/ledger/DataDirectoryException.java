package org.exportrelay.ledger;

/** A data directory or ledger that cannot be used; its message is one line for the operator. */
public final class DataDirectoryException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * @param message key, value, rule and remedy
     */
    public DataDirectoryException(String message) {
        super(message);
    }
}
