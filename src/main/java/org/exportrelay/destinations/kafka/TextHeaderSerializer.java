package org.exportrelay.destinations.kafka;

import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.nio.charset.StandardCharsets;
import org.apache.camel.component.kafka.serde.KafkaHeaderSerializer;

/** Headers as text, numbers too, so that consumers in any language can read them. Thread-safe. */
@Singleton
@Named("textHeaders")
public final class TextHeaderSerializer implements KafkaHeaderSerializer {

    @Override
    public byte[] serialize(String name, Object value) {
        return value == null ? null : value.toString().getBytes(StandardCharsets.UTF_8);
    }
}
