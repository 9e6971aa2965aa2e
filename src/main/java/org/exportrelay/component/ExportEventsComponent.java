package org.exportrelay.component;

import java.util.Map;
import java.util.regex.Pattern;
import org.apache.camel.Endpoint;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.annotations.Component;
import org.apache.camel.support.DefaultComponent;

/** The Camel component {@code export-events:}, where routes that notify begin. */
@Component("export-events")
public class ExportEventsComponent extends DefaultComponent {

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

    @Metadata(label = "advanced", autowired = true, description = "The relay's ledger")
    private EventServices services;

    @Override
    protected Endpoint createEndpoint(String uri, String remaining, Map<String, Object> parameters) throws Exception {
        if (!NAME.matcher(remaining).matches()) {
            throw new IllegalArgumentException("export-events:" + remaining + ": not a name; write letters, digits,"
                    + " '.', '_' and '-', beginning with a letter or digit, at most 100");
        }
        ExportEventsEndpoint endpoint = new ExportEventsEndpoint(uri, this);
        endpoint.setName(remaining);
        setProperties(endpoint, parameters);
        endpoint.check();
        return endpoint;
    }

    public EventServices getServices() {
        return services;
    }

    public void setServices(EventServices services) {
        this.services = services;
    }
}
