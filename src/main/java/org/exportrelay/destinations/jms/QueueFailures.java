package org.exportrelay.destinations.jms;

import jakarta.inject.Singleton;
import jakarta.jms.JMSException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.activemq.artemis.api.core.ActiveMQException;
import org.apache.camel.util.ObjectHelper;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.FailureClassifier;
import org.exportrelay.delivery.FailureReason;
import org.springframework.jms.JmsException;
import org.springframework.jms.support.converter.MessageConversionException;

/**
 * What the failures of JMS and AMQP brokers mean. A message that cannot be written or is too large is a fault.
 * Anything else concerns every message: connection, login, a queue that is missing or full. Thread-safe.
 */
@Singleton
public final class QueueFailures implements FailureClassifier {

    private static final List<Class<? extends Exception>> OF_A_BROKER =
            List.of(JMSException.class, JmsException.class, ActiveMQException.class);

    private static final List<Class<? extends Exception>> OF_A_MESSAGE = List.of(
            jakarta.jms.MessageFormatException.class,
            jakarta.jms.MessageNotWriteableException.class,
            jakarta.jms.MessageEOFException.class,
            org.springframework.jms.MessageFormatException.class,
            org.springframework.jms.MessageNotWriteableException.class,
            MessageConversionException.class);

    /** Neither JMS nor Artemis has an exception for it. The first is AMQP's condition, the second Artemis' message. */
    private static final Pattern TOO_LARGE = Pattern.compile(
            "message-size-exceeded|bigger than the max record size|too large", Pattern.CASE_INSENSITIVE);

    @Override
    public Optional<DeliveryException> classify(Throwable failure) {
        if (causes(failure).noneMatch(cause -> isOneOf(OF_A_BROKER, cause))) {
            return Optional.empty();
        }
        boolean isFault = causes(failure).anyMatch(cause -> isOneOf(OF_A_MESSAGE, cause) || isTooLarge(cause));
        return Optional.of(new DeliveryException(
                isFault ? FailureAction.PARK : FailureAction.OUTAGE, FailureReason.of(failure), failure));
    }

    private static boolean isTooLarge(Throwable cause) {
        return TOO_LARGE.matcher(String.valueOf(cause.getMessage())).find();
    }

    private static boolean isOneOf(List<Class<? extends Exception>> kinds, Throwable cause) {
        return kinds.stream().anyMatch(kind -> kind.isInstance(cause));
    }

    private static Stream<Throwable> causes(Throwable failure) {
        return StreamSupport.stream(
                ObjectHelper.createExceptionIterable(failure).spliterator(), false);
    }
}
