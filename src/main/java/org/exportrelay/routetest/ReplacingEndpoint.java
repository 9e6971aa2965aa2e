package org.exportrelay.routetest;

import org.apache.camel.DelegateEndpoint;
import org.apache.camel.Endpoint;
import org.apache.camel.support.DefaultEndpoint;

/** Stands for an endpoint under its own key. The endpoint itself is created, so that wrong options are found. */
abstract class ReplacingEndpoint extends DefaultEndpoint implements DelegateEndpoint {

    final Endpoint replaced;

    ReplacingEndpoint(Endpoint replaced) {
        super(replaced.getEndpointUri(), null);
        setCamelContext(replaced.getCamelContext());
        this.replaced = replaced;
    }

    @Override
    public final Endpoint getEndpoint() {
        return replaced;
    }

    @Override
    public final boolean isLenientProperties() {
        return true;
    }

    @Override
    public final String getEndpointKey() {
        return replaced.getEndpointKey();
    }
}
