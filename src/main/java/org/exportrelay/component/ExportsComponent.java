package org.exportrelay.component;

import java.util.Map;
import java.util.regex.Pattern;
import org.apache.camel.Endpoint;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.annotations.Component;
import org.apache.camel.support.DefaultComponent;

/** The Camel component {@code exports:}, where every route to a destination begins. */
@Component("exports")
public class ExportsComponent extends DefaultComponent {

    private static final Pattern DESTINATION = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

    @Metadata(label = "advanced", autowired = true, description = "The relay's ledger and spool")
    private DeliveryServices services;

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) throws Exception {
        if (!DESTINATION.matcher(remaining).matches()) {
            throw new IllegalArgumentException(
                    "exports:" + remaining + ": not a destination's name; write letters, digits,"
                            + " '.', '_' and '-', beginning with a letter or digit, at most 100");
        }
        ExportsEndpoint endpoint = new ExportsEndpoint(uri, this);
        endpoint.setDestination(remaining);
        setProperties(endpoint, parameters);
        endpoint.check();
        return endpoint;
    }

    public DeliveryServices getServices() {
        return services;
    }

    public void setServices(DeliveryServices services) {
        this.services = services;
    }
}
