package org.exportrelay.component;

import org.apache.camel.Exchange;
import org.apache.camel.SafeCopyProperty;

/**
 * Whether the route of a delivery has handed the export to an endpoint. An exchange shares it with all its copies, such
 * as the parts of a {@code split}. Endpoints are noticed by {@link HandoverNotifier}; a bean that delivers without an
 * endpoint calls {@link #mark}. Thread-safe.
 */
public final class Handover implements SafeCopyProperty {

    /** Among the properties that a route's {@code removeProperties} does not reach. */
    private static final String PROPERTY = "ExportHandover";

    private volatile boolean made;

    private Handover() {}

    /** For an exchange that begins a delivery. */
    static Handover begin(Exchange exchange) {
        Handover handover = new Handover();
        exchange.getExchangeExtension().setSafeCopyProperty(PROPERTY, handover);
        return handover;
    }

    /**
     * Records that a destination has accepted the export. For beans that deliver it themselves: call this when the
     * destination has accepted, since a route that ends without it, and without a send to an endpoint, is recorded as
     * skipped. Does nothing for exchanges of other routes.
     *
     * @param exchange of the delivery, or a copy of it
     */
    public static void mark(Exchange exchange) {
        Handover handover = of(exchange);
        if (handover != null) {
            handover.made = true;
        }
    }

    /** Whether an exchange belongs to a delivery that no endpoint has accepted yet. */
    static boolean isAwaited(Exchange exchange) {
        Handover handover = of(exchange);
        return handover != null && !handover.made;
    }

    private static Handover of(Exchange exchange) {
        return exchange.getExchangeExtension().getSafeCopyProperty(PROPERTY, Handover.class);
    }

    boolean isMade() {
        return made;
    }

    @Override
    public Handover safeCopy() {
        return this;
    }
}
