package org.exportrelay.records;

import org.exportrelay.delivery.DeliveryFailure;
import org.exportrelay.delivery.FailureAction;

/** A file whose rows cannot be delivered as they are; a retry does not change that. */
public final class BadRecordsException extends RuntimeException implements DeliveryFailure {

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

    @Override
    public FailureAction action() {
        return FailureAction.PARK;
    }
}
