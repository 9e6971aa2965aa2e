package org.exportrelay.component;

import java.util.Optional;
import org.apache.camel.http.base.HttpOperationFailedException;
import org.apache.camel.util.ObjectHelper;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.FailureClassifier;

/** A classifier for a bean of a route file: one partner means something else by a status than most. */
public final class PartnerFailures implements FailureClassifier {

    private int status;

    public void setStatus(int status) {
        this.status = status;
    }

    @Override
    public Optional<DeliveryException> classify(Throwable failure) {
        return Optional.ofNullable(ObjectHelper.getException(HttpOperationFailedException.class, failure))
                .filter(answered -> answered.getStatusCode() == status)
                .map(answered ->
                        new DeliveryException(FailureAction.OUTAGE, "the partner is closed (" + status + ")", failure));
    }
}
