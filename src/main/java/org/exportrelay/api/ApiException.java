package org.exportrelay.api;

/** A call to the API that brought no answer that can be used, told for an operator. */
public final class ApiException extends Exception {

    private static final long serialVersionUID = 1L;

    /** What the failure means for the caller. */
    public enum Kind {
        /** 400, 401, 403: asking again changes nothing until the operator acts. */
        REFUSED,
        /** 404: what was asked for is not there. */
        GONE,
        /** 429, or the relay's own budget: ask later. */
        RATE_LIMITED,
        /** 5xx, time-outs, resets, no connection: ask again. */
        UNAVAILABLE,
        /** An answer that is not what the API documents. */
        NONSENSE
    }

    private final Kind kind;

    /**
     * @param kind what it means
     * @param message ends in the remedy
     * @param cause null if the answer itself is the cause
     */
    public ApiException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    /** What it means for the caller. */
    public Kind kind() {
        return kind;
    }
}
