package org.exportrelay.ledger;

/**
 * Why an attempt did not succeed and what follows from it, in an operator's words. Its message is
 * stored and logged as it is, so it never quotes a signed URL.
 */
public final class Setback extends Exception {

    private static final long serialVersionUID = 1L;
    private final Remedy remedy;

    /**
     * @param remedy what follows
     * @param message subject, value, rule
     */
    public Setback(Remedy remedy, String message) {
        this(remedy, message, null);
    }

    /**
     * @param remedy what follows
     * @param message subject, value, rule
     * @param cause may be null
     */
    public Setback(Remedy remedy, String message, Throwable cause) {
        super(message, cause);
        this.remedy = remedy;
    }

    /** What follows from it. */
    public Remedy remedy() {
        return remedy;
    }
}
