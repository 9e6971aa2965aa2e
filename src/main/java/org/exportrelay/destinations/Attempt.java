package org.exportrelay.destinations;

import java.util.Optional;
import org.apache.camel.Exchange;
import org.exportrelay.component.ExportHeaders;

/**
 * Which attempt of which delivery an exchange is.
 *
 * @param deliveryId stable over attempts
 * @param number 1 for the first
 */
public record Attempt(String deliveryId, int number) {

    /** Empty for an exchange that did not begin at {@code exports:}. */
    public static Optional<Attempt> of(Exchange exchange) {
        String deliveryId = exchange.getIn().getHeader(ExportHeaders.DELIVERY_ID, String.class);
        Integer number = exchange.getIn().getHeader(ExportHeaders.ATTEMPT, Integer.class);
        return deliveryId == null || number == null ? Optional.empty() : Optional.of(new Attempt(deliveryId, number));
    }
}
