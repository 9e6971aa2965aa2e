package org.exportrelay.check;

import jakarta.annotation.Priority;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.component.http.HttpEndpoint;
import org.exportrelay.api.ApiException;
import org.exportrelay.api.ApiFailures;
import org.exportrelay.config.RelaySettings;
import org.exportrelay.destinations.EndpointProbe;

/** The exports API: lists one export with the key, within the rate limit and with the usual retries. Asked before other probes of web servers. */
@Singleton
@Priority(1)
final class ApiProbe implements EndpointProbe {

    private final RelaySettings settings;

    @Inject
    ApiProbe(RelaySettings settings) {
        this.settings = settings;
    }

    @Override
    public boolean knows(Endpoint endpoint) {
        return endpoint instanceof HttpEndpoint http
                && http.getHttpUri().toString().startsWith(settings.api().url().toString());
    }

    @Override
    public String test(Endpoint endpoint) throws ApiException {
        Exchange exchange = endpoint.createExchange();
        exchange.getMessage().setHeader(Exchange.HTTP_QUERY, "limit=1");
        try {
            EndpointProbe.send(exchange, endpoint);
        } catch (Exception e) {
            throw ApiFailures.of(e);
        }
        return "the key is accepted";
    }

    @Override
    public String hint() {
        return "check relay.api.url and the key";
    }
}
