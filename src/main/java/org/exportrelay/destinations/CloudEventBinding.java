package org.exportrelay.destinations;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.apache.camel.Component;
import org.apache.camel.component.http.HttpComponent;
import org.apache.camel.component.jms.JmsComponent;
import org.apache.camel.component.kafka.KafkaComponent;
import org.exportrelay.component.CloudEvent;

/**
 * How a protocol carries the attributes of a CloudEvent in the binary content mode.
 *
 * @param prefix of the names of attributes
 * @param contentType name of the header for the media type of the body; empty if the client cannot set it
 * @param value how the text of an attribute is written
 */
record CloudEventBinding(String prefix, Optional<String> contentType, UnaryOperator<String> value) {

    private static final CloudEventBinding HTTP =
            new CloudEventBinding("ce-", Optional.of("Content-Type"), CloudEventBinding::percentEncoded);
    private static final CloudEventBinding KAFKA =
            new CloudEventBinding("ce_", Optional.of("content-type"), UnaryOperator.identity());
    /** AMQP allows a colon too, which no JMS client can send. */
    private static final CloudEventBinding JMS =
            new CloudEventBinding("cloudEvents_", Optional.empty(), UnaryOperator.identity());

    private static final int SPACE = ' ';
    private static final int DELETE = 0x7f;

    /**
     * Empty for protocols that receive the headers of the route as they are.
     *
     * @param component whose endpoint is sent to; null if it is not known
     */
    static Optional<CloudEventBinding> of(Component component) {
        if (component instanceof HttpComponent) {
            return Optional.of(HTTP);
        }
        if (component instanceof KafkaComponent) {
            return Optional.of(KAFKA);
        }
        // AMQP too.
        return component instanceof JmsComponent ? Optional.of(JMS) : Optional.empty();
    }

    /** The name under which the protocol carries the attribute of a header {@code ce_…}. */
    String name(String header) {
        return prefix + header.substring(CloudEvent.PREFIX.length());
    }

    private static String percentEncoded(String text) {
        StringBuilder encoded = new StringBuilder();
        for (byte signed : text.getBytes(StandardCharsets.UTF_8)) {
            int octet = signed & 0xff;
            if (octet <= SPACE || octet >= DELETE || octet == '"' || octet == '%') {
                encoded.append(String.format("%%%02X", octet));
            } else {
                encoded.append((char) octet);
            }
        }
        return encoded.toString();
    }
}
