package org.exportrelay.component;

import io.quarkus.arc.Unremovable;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import org.apache.camel.CamelContext;
import org.apache.camel.Exchange;
import org.apache.camel.Processor;
import org.apache.camel.Route;
import org.apache.camel.Service;
import org.apache.camel.processor.WireTapProcessor;
import org.apache.camel.support.LifecycleStrategySupport;

/**
 * Marks the {@link Handover} of a delivery when a {@code wireTap} takes it. A tap sends in a thread of its own, and its
 * route may end first: the event of that send would come too late. Camel calls it for each step before a route starts;
 * it needs a name, since Camel collects strategies by name.
 */
@Singleton
@Named("tapHandover")
@Unremovable
final class TapHandover extends LifecycleStrategySupport {

    @Override
    public void onServiceAdd(CamelContext context, Service service, Route route) {
        if (service instanceof WireTapProcessor tap
                && HandoverEndpoints.acceptTap(tap.getUri())
                && !(tap.getOnPrepare() instanceof Mark)) {
            tap.setOnPrepare(new Mark(tap.getOnPrepare()));
        }
    }

    /**
     * Runs in the thread of the tapped route, before the tap's copy is sent.
     *
     * @param onPrepare the route's own; null if it has none
     */
    private record Mark(Processor onPrepare) implements Processor {

        @Override
        public void process(Exchange copy) throws Exception {
            if (onPrepare != null) {
                onPrepare.process(copy);
            }
            Handover.mark(copy);
        }
    }
}
