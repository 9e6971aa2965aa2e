package org.exportrelay.destinations.kafka;

import java.util.Map;
import org.apache.camel.Endpoint;
import org.apache.camel.component.kafka.KafkaComponent;
import org.apache.camel.component.kafka.KafkaConfiguration;
import org.apache.camel.component.kafka.KafkaEndpoint;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.annotations.Component;
import org.apache.camel.support.DefaultComponent;
import org.exportrelay.component.DeliveryServices;

/**
 * The Camel component {@code kafka-records:}. It takes every option of Camel's {@code kafka:} and
 * lets that component read them, so that brokers, security and tuning are written as there.
 */
@Component("kafka-records")
public class KafkaRecordsComponent extends DefaultComponent {

    private static final String DEFAULT_PREFIX = "export-relay";

    @Metadata(label = "advanced", autowired = true, description = "The relay's ledger and spool")
    private DeliveryServices services;

    @Override
    protected Endpoint createEndpoint(String uri, String topic, Map<String, Object> parameters) throws Exception {
        KafkaRecordsEndpoint endpoint = new KafkaRecordsEndpoint(uri, this);
        endpoint.setTopic(topic);
        setProperties(endpoint, parameters);
        // Camel has resolved RAW(…) values once and does so again below; only these are left as they are.
        parameters.replaceAll((name, value) -> value instanceof String text ? "RAW(" + text + ")" : value);
        KafkaComponent kafka = getCamelContext().getComponent("kafka", KafkaComponent.class);
        KafkaEndpoint connection = (KafkaEndpoint) kafka.createEndpoint("kafka:" + topic, parameters);
        parameters.clear();
        check(connection.getConfiguration(), uri);
        endpoint.setConnection(connection);
        return endpoint;
    }

    public DeliveryServices getServices() {
        return services;
    }

    public void setServices(DeliveryServices services) {
        this.services = services;
    }

    private static void check(KafkaConfiguration configuration, String uri) {
        if (configuration.getBrokers() == null || configuration.getBrokers().isBlank()) {
            throw new IllegalArgumentException(uri.replaceFirst("\\?.*", "") + ": brokers is missing; write HOST:PORT");
        }
        if (!"all".equals(configuration.getRequestRequiredAcks()) || !configuration.isEnableIdempotence()) {
            throw new IllegalArgumentException(uri.replaceFirst("\\?.*", "")
                    + ": a transaction needs requestRequiredAcks=all and enableIdempotence=true; remove these options");
        }
        if (configuration.getTransactionalId() == null) {
            configuration.setTransactionalId(DEFAULT_PREFIX);
        }
    }
}
