package org.exportrelay.component;

import java.net.URI;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.camel.Exchange;
import org.apache.camel.SafeCopyProperty;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.ExportFile;

/**
 * The attributes of a delivery as a CloudEvent 1.0, with {@code cloudEvents=true} at {@code exports:}. The same for each
 * attempt. An exchange shares it with all its copies, and a route's {@code removeProperties} does not reach it.
 *
 * @param attributes by the names of the headers that a route sees: {@code ce_} and the attribute's name
 */
public record CloudEvent(Map<String, Object> attributes) implements SafeCopyProperty {

    /** How the names of the headers begin in a route, whatever it sends to. */
    public static final String PREFIX = "ce_";

    /** What the event is, unless the route sets the header: a file of an export can be downloaded. */
    static final String OF_FILE = "org.exportrelay.file.completed";
    /** The same for a manifest: all files of an export have been delivered to a destination. */
    static final String OF_MANIFEST = "org.exportrelay.export.delivered";

    private static final String PROPERTY = "ExportCloudEvent";
    private static final String VERSION = "1.0";

    /** For an exchange that begins a delivery: keeps the attributes, and sets the headers. */
    public static void begin(Exchange exchange, Delivery delivery, Payload payload, URI source) {
        CloudEvent event = of(delivery, payload == Payload.manifest ? OF_MANIFEST : OF_FILE, source);
        exchange.getExchangeExtension().setSafeCopyProperty(PROPERTY, event);
        exchange.getMessage().getHeaders().putAll(event.attributes());
    }

    /** Empty for an exchange of a route without {@code cloudEvents=true}. */
    public static Optional<CloudEvent> of(Exchange exchange) {
        return Optional.ofNullable(exchange.getExchangeExtension().getSafeCopyProperty(PROPERTY, CloudEvent.class));
    }

    private static CloudEvent of(Delivery delivery, String type, URI source) {
        ExportFile file = delivery.file();
        Map<String, Object> attributes = new LinkedHashMap<>();
        attributes.put(PREFIX + "specversion", VERSION);
        attributes.put(PREFIX + "id", delivery.deliveryId());
        attributes.put(PREFIX + "source", source.toString());
        attributes.put(PREFIX + "type", type);
        attributes.put(PREFIX + "subject", file.uniqueName());
        Instant time = file.updatedAt() == null ? file.createdAt() : file.updatedAt();
        if (time != null) {
            attributes.put(PREFIX + "time", ExportHeaders.text(time));
        }
        return new CloudEvent(Map.copyOf(attributes));
    }

    @Override
    public CloudEvent safeCopy() {
        return this;
    }
}
