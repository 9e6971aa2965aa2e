package org.exportrelay.api;

/** A call to the API that brought no usable answer; its message is written for an operator. */
public final class ApiException extends Exception {

    private static final long serialVersionUID = 1L;

    /** What the failure means for the caller. */
    public enum Kind {
        /** 400, 401, 402, 403, 422: the same request fails again until the operator or the vendor acts. */
        REFUSED,
        /** 404: the export is not there. */
        GONE,
        /** 429, or the relay's own budget: the same request succeeds later. */
        RATE_LIMITED,
        /** 408, 425, 5xx, timeouts, resets, no connection: the same request may succeed later. */
        UNAVAILABLE,
        /** An answer that is not what the API documents. */
        NONSENSE
    }

    private final Kind kind;

    /**
     * @param kind what it means
     * @param message ends in what to do about it
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
