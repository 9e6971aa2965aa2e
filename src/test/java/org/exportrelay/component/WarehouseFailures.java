package org.exportrelay.component;

import java.util.Optional;
import org.apache.camel.util.ObjectHelper;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.FailureClassifier;

/** The classifier of docs/failures.md, "A destination of your own", as a CDI bean. */
@jakarta.inject.Singleton
public final class WarehouseFailures implements FailureClassifier {

    @Override
    public Optional<DeliveryException> classify(Throwable failure) {
        WarehouseException refused = ObjectHelper.getException(WarehouseException.class, failure);
        if (refused == null) {
            return Optional.empty();
        }
        return Optional.of(new DeliveryException(
                refused.isClosed() ? FailureAction.OUTAGE : FailureAction.PARK,
                "the warehouse answered " + refused.code() + "; check its opening hours",
                refused.opensAgainIn(),
                failure));
    }
}
