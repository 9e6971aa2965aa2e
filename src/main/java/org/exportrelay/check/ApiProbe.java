package org.exportrelay.check;

import jakarta.annotation.Priority;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.Message;
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
        return "the key is accepted" + budget(exchange.getMessage());
    }

    /** What other programs of the organisation have left as well; empty if the API does not report it. */
    private static String budget(Message answer) {
        String left = Stream.of(
                        left(answer, "X-RateLimit-Remaining", "X-RateLimit-Limit", "in this minute"),
                        left(answer, "X-RateLimit-Day-Remaining", "X-RateLimit-Day-Limit", "today"))
                .flatMap(Optional::stream)
                .collect(Collectors.joining(", "));
        return left.isEmpty() ? "" : "; requests that the organisation has left: " + left;
    }

    private static Optional<String> left(Message answer, String remaining, String limit, String window) {
        return number(answer, remaining)
                .map(left -> left + number(answer, limit).map(" of "::concat).orElse("") + " " + window);
    }

    private static Optional<String> number(Message answer, String header) {
        return Optional.ofNullable(answer.getHeader(header, String.class)).filter(value -> value.matches("\\d{1,12}"));
    }

    @Override
    public String hint() {
        return "check relay.api.url and the key";
    }
}
