package org.exportrelay.component;

import io.quarkus.arc.Unremovable;
import jakarta.inject.Singleton;
import org.apache.camel.Exchange;
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.spi.CamelEvent.ExchangeSendingEvent;
import org.apache.camel.spi.CamelEvent.ExchangeSentEvent;

/**
 * Marks the {@link Handover} of a delivery when an endpoint has accepted it: {@code to}, {@code toD}, {@code enrich},
 * {@code recipientList} and all other ways in which Camel sends. Camel calls it for every send of every route, so it
 * ignores all other events, and it declines the first event of a send that would change nothing: then Camel measures
 * no time and creates no second event. Thread-safe.
 */
@Singleton
@Unremovable
final class HandoverNotifier extends SendNotifier {

    /** Camel reports the end of a send only to those who have accepted its begin. */
    @Override
    public boolean isEnabled(CamelEvent event) {
        if (event instanceof ExchangeSendingEvent sending) {
            return Handover.isAwaited(sending.getExchange())
                    && HandoverEndpoints.accept(sending.getEndpoint().getEndpointUri());
        }
        return event instanceof ExchangeSentEvent;
    }

    @Override
    public void notify(CamelEvent event) {
        if (event instanceof ExchangeSentEvent sent) {
            Exchange exchange = sent.getExchange();
            if (exchange.getException() == null
                    && HandoverEndpoints.accept(sent.getEndpoint().getEndpointUri())) {
                Handover.mark(exchange);
            }
        }
    }
}
