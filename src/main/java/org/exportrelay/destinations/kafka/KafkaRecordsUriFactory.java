package org.exportrelay.destinations.kafka;

import io.quarkus.arc.Unremovable;
import jakarta.inject.Singleton;
import java.util.Set;
import org.apache.camel.component.kafka.KafkaEndpointUriFactory;

/**
 * Lets YAML routes protect the values of secret options as they do at {@code kafka:}, whose options this component
 * takes. Otherwise a password would be read as part of a URI. Camel finds it in the registry before the generated one.
 */
@Singleton
@Unremovable
final class KafkaRecordsUriFactory extends KafkaRecordsEndpointUriFactory {

    @Override
    public Set<String> secretPropertyNames() {
        return new KafkaEndpointUriFactory().secretPropertyNames();
    }
}
