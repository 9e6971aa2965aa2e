package org.exportrelay.destinations.kafka;

import static org.apache.camel.util.ObjectHelper.getException;

import io.quarkus.runtime.util.ExceptionUtil;
import org.apache.camel.component.kafka.KafkaConfiguration;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;

/** A failure of Kafka in terms of the delivery and its endpoint; {@link KafkaFailures} decides what follows. */
final class KafkaFailure {

    private KafkaFailure() {}

    /**
     * @param endpoint the options of the endpoint, none of which is quoted but topic and brokers
     */
    static DeliveryException of(KafkaException failure, Delivery delivery, KafkaConfiguration endpoint) {
        if (getException(RecordTooLargeException.class, failure) != null) {
            return new DeliveryException(
                    FailureAction.PARK,
                    "a record of " + delivery.file().filename() + " is too large for " + endpoint.getTopic() + " ("
                            + getException(RecordTooLargeException.class, failure)
                                    .getMessage()
                            + "); raise maxRequestSize in the route and max.message.bytes of the topic, then replay",
                    failure);
        }
        return new DeliveryException(KafkaFailures.action(failure), reason(failure, endpoint), failure);
    }

    private static String reason(KafkaException failure, KafkaConfiguration endpoint) {
        if (getException(UnknownTopicOrPartitionException.class, failure) != null
                || getException(InvalidTopicException.class, failure) != null) {
            return "topic " + endpoint.getTopic() + " does not exist on " + endpoint.getBrokers()
                    + "; create it, or correct the topic in the route";
        }
        TopicAuthorizationException topics = getException(TopicAuthorizationException.class, failure);
        if (topics != null) {
            return "the user has no access to topic " + String.join(", ", topics.unauthorizedTopics()) + " on "
                    + endpoint.getBrokers() + "; grant Describe and Write, and Read on the receipts topic";
        }
        if (getException(TransactionalIdAuthorizationException.class, failure) != null) {
            return "the user may not use transactional ids on " + endpoint.getBrokers()
                    + "; grant Describe and Write on those with the prefix " + endpoint.getTransactionalId();
        }
        AuthenticationException login = getException(AuthenticationException.class, failure);
        if (login != null) {
            return endpoint.getBrokers() + " refused the login (" + login.getMessage()
                    + "); check securityProtocol and the options of SASL and SSL";
        }
        ConfigException option = getException(ConfigException.class, failure);
        if (option != null) {
            return "no client for " + endpoint.getBrokers() + " can be created (" + option.getMessage()
                    + "); correct the options in the route";
        }
        Throwable root = ExceptionUtil.getRootCause(failure);
        return "Kafka did not take the records for " + endpoint.getTopic() + " ("
                + root.getClass().getSimpleName() + ": " + root.getMessage() + "); check that " + endpoint.getBrokers()
                + " can be reached";
    }
}
