package org.exportrelay.check;

import org.apache.camel.util.ObjectHelper;
import org.exportrelay.api.ApiException;
import org.exportrelay.config.SettingsException;
import org.exportrelay.delivery.DeliveryFailure;
import org.exportrelay.delivery.FailureReason;

/** Describes why something that {@code check} tried failed: the reason once, what to do, and no names of Java classes. */
final class ProbeFailure {

    private ProbeFailure() {}

    /**
     * In one line without secrets.
     *
     * @param hint what to check, for a failure that does not end with what to do
     */
    static String describe(Throwable failure, String hint) {
        for (Throwable cause : ObjectHelper.createExceptionIterable(failure)) {
            if (cause instanceof DeliveryFailure
                    || cause instanceof ApiException
                    || cause instanceof SettingsException) {
                return FailureReason.line(cause.getMessage());
            }
        }
        return FailureReason.of(failure) + "; " + hint;
    }
}
