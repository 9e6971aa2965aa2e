package org.exportrelay.records;

/** A file whose rows cannot be handed on as they are; trying again does not change that. */
public final class BadRecordsException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /**
     * @param message subject, value, rule
     */
    public BadRecordsException(String message) {
        super(message);
    }

    BadRecordsException(String message, Throwable cause) {
        super(message, cause);
    }
}
