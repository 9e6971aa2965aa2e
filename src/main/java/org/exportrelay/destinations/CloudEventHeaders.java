package org.exportrelay.destinations;

import io.quarkus.arc.Unremovable;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.Endpoint;
import org.apache.camel.Exchange;
import org.apache.camel.spi.CamelEvent;
import org.apache.camel.spi.CamelEvent.ExchangeEvent;
import org.apache.camel.spi.CamelEvent.ExchangeSendingEvent;
import org.apache.camel.spi.CamelEvent.ExchangeSentEvent;
import org.exportrelay.component.CloudEvent;
import org.exportrelay.component.SendNotifier;

/**
 * Gives each message of a delivery with {@code cloudEvents=true} the headers of its protocol while it is sent, and the
 * route its own headers {@code ce_…} afterwards. Steps that remove headers do not remove them; a header {@code ce_…} that
 * the route sets takes precedence. Camel calls it in the thread of the send, before and after; it needs a name, since Camel
 * collects notifiers by name. Thread-safe.
 */
@Singleton
@Named("cloudEventHeaders")
@Unremovable
final class CloudEventHeaders extends SendNotifier {

    /** The exchange property with what {@link Sent} knows, while a message is sent. */
    private static final String SENT = "ExportCloudEventSent";

    private static final String JSON = "application/json";

    @Override
    public boolean isEnabled(CamelEvent event) {
        return event instanceof ExchangeEvent sending
                && CloudEvent.of(sending.getExchange()).isPresent();
    }

    @Override
    public void notify(CamelEvent event) {
        if (event instanceof ExchangeSendingEvent sending) {
            Exchange exchange = sending.getExchange();
            binding(exchange, sending.getEndpoint()).ifPresent(binding -> write(exchange, binding));
        } else if (event instanceof ExchangeSentEvent sent) {
            Exchange exchange = sent.getExchange();
            if (exchange.removeProperty(SENT) instanceof Sent written) {
                written.restore(exchange.getMessage().getHeaders());
            }
        }
    }

    private static Optional<CloudEventBinding> binding(Exchange exchange, Endpoint endpoint) {
        String scheme = endpoint.getEndpointUri().replaceFirst("(?s):.*", "");
        return CloudEventBinding.of(exchange.getContext().hasComponent(scheme));
    }

    private static void write(Exchange exchange, CloudEventBinding binding) {
        Map<String, Object> headers = exchange.getMessage().getHeaders();
        Map<String, Object> attributes = attributes(exchange);
        Sent sent = new Sent(attributes, new LinkedHashMap<>(), new LinkedHashMap<>());
        headers.keySet().removeIf(CloudEventHeaders::isAttribute);
        attributes.forEach((name, value) ->
                sent.put(headers, binding.name(name), binding.value().apply(value.toString())));
        binding.contentType().ifPresent(name -> {
            Object type = headers.get(name);
            sent.put(headers, name, type == null ? JSON : type);
        });
        exchange.setProperty(SENT, sent);
    }

    /** Those that the route sets take precedence, whatever the case of their names. */
    private static Map<String, Object> attributes(Exchange exchange) {
        Map<String, Object> attributes = new LinkedHashMap<>();
        CloudEvent.of(exchange).ifPresent(event -> attributes.putAll(event.attributes()));
        exchange.getMessage().getHeaders().forEach((name, value) -> {
            if (isAttribute(name) && value != null) {
                attributes.put(name.toLowerCase(Locale.ROOT), value);
            }
        });
        return attributes;
    }

    private static boolean isAttribute(String header) {
        return header.regionMatches(true, 0, CloudEvent.PREFIX, 0, CloudEvent.PREFIX.length());
    }

    /**
     * The headers of a message while it is sent.
     *
     * @param attributes the headers of the route
     * @param written what takes their place
     * @param replaced headers of the route that have the name of a written one
     */
    private record Sent(Map<String, Object> attributes, Map<String, Object> written, Map<String, Object> replaced) {

        /** The case of the name counts for Kafka, and a map of headers keeps that of the first one. */
        void put(Map<String, Object> headers, String name, Object value) {
            Object before = headers.remove(name);
            if (before != null) {
                replaced.put(name, before);
            }
            headers.put(name, value);
            written.put(name, value);
        }

        /** An answer of the server may have replaced some: those stay. */
        void restore(Map<String, Object> headers) {
            written.forEach(headers::remove);
            replaced.forEach(headers::putIfAbsent);
            headers.putAll(attributes);
        }
    }
}
