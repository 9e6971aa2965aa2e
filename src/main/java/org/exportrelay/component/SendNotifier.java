package org.exportrelay.component;

import org.apache.camel.support.EventNotifierSupport;

/** Learns only of the begin and the end of each send: Camel creates no other events for it. */
public abstract class SendNotifier extends EventNotifierSupport {

    protected SendNotifier() {
        setIgnoreCamelContextInitEvents(true);
        setIgnoreCamelContextEvents(true);
        setIgnoreRouteEvents(true);
        setIgnoreServiceEvents(true);
        setIgnoreExchangeCreatedEvent(true);
        setIgnoreExchangeCompletedEvent(true);
        setIgnoreExchangeFailedEvents(true);
        setIgnoreExchangeRedeliveryEvents(true);
        setIgnoreExchangeAsyncProcessingStartedEvents(true);
        setIgnoreStepEvents(true);
    }
}
