package org.exportrelay.destinations.webhook;

import org.apache.hc.core5.http.ProtocolException;
import org.exportrelay.delivery.DeliveryFailure;
import org.exportrelay.delivery.FailureAction;

/** The URL of a webhook is one that no link may be posted to. It is in the route, so that every delivery meets it. */
final class UnsafeWebhookException extends ProtocolException implements DeliveryFailure {

    private static final long serialVersionUID = 1L;

    UnsafeWebhookException(String message) {
        super(message);
    }

    UnsafeWebhookException(String message, Exception cause) {
        super(message, cause);
    }

    @Override
    public FailureAction action() {
        return FailureAction.OUTAGE;
    }
}
