package org.exportrelay.destinations;

import java.util.Optional;
import org.apache.camel.Exchange;
import org.exportrelay.component.DeliveryExchanges;
import org.exportrelay.component.ExportHeaders;
import org.exportrelay.delivery.Delivery;

/**
 * Which attempt of which delivery an exchange is.
 *
 * @param deliveryId stable over attempts
 * @param number 1 for the first; another one for each
 * @param isFirst whether the delivery was never begun before, so that nothing can be left of it
 */
public record Attempt(String deliveryId, int number, boolean isFirst) {

    /** Empty for an exchange that did not start at {@code exports:}. */
    public static Optional<Attempt> of(Exchange exchange) {
        String deliveryId = exchange.getIn().getHeader(ExportHeaders.DELIVERY_ID, String.class);
        Integer number = exchange.getIn().getHeader(ExportHeaders.ATTEMPT, Integer.class);
        Delivery delivery = exchange.getProperty(DeliveryExchanges.DELIVERY, Delivery.class);
        return deliveryId == null || number == null
                ? Optional.empty()
                : Optional.of(new Attempt(deliveryId, number, delivery != null && delivery.isFirstClaim()));
    }
}
