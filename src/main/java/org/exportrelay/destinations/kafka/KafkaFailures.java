package org.exportrelay.destinations.kafka;

import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.apache.camel.util.ObjectHelper;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.CorruptRecordException;
import org.apache.kafka.common.errors.InvalidPidMappingException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.InvalidTimestampException;
import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.apache.kafka.common.errors.OutOfOrderSequenceException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.RecordBatchTooLargeException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.SerializationException;
import org.apache.kafka.common.errors.TransactionAbortedException;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.delivery.FailureClassifier;
import org.exportrelay.delivery.FailureReason;

/**
 * What the failures of Kafka mean, for {@code kafka:} and {@code kafka-records:}. A record that the topic never
 * accepts, or a transaction that has ended, is a fault. Anything else concerns every record: brokers, login, topic.
 * Thread-safe.
 */
@Singleton
public final class KafkaFailures implements FailureClassifier {

    /** The same record is refused again. */
    private static final List<Class<? extends KafkaException>> OF_A_RECORD = List.of(
            RecordTooLargeException.class,
            RecordBatchTooLargeException.class,
            SerializationException.class,
            InvalidRecordException.class,
            InvalidTimestampException.class);

    /** The delivery's own transaction has ended, for a later attempt or by its time-out, or its batch was damaged. */
    private static final List<Class<? extends KafkaException>> OF_AN_ATTEMPT = List.of(
            CorruptRecordException.class,
            ProducerFencedException.class,
            InvalidProducerEpochException.class,
            InvalidPidMappingException.class,
            InvalidTxnStateException.class,
            OutOfOrderSequenceException.class,
            TransactionAbortedException.class);

    @Override
    public Optional<DeliveryException> classify(Throwable failure) {
        return ObjectHelper.getException(KafkaException.class, failure) == null
                ? Optional.empty()
                : Optional.of(new DeliveryException(action(failure), FailureReason.of(failure), failure));
    }

    /** What follows from a failure of Kafka. */
    static FailureAction action(Throwable failure) {
        if (isOneOf(OF_A_RECORD, failure)) {
            return FailureAction.PARK;
        }
        return isOneOf(OF_AN_ATTEMPT, failure) ? FailureAction.RETRY : FailureAction.OUTAGE;
    }

    private static boolean isOneOf(List<Class<? extends KafkaException>> kinds, Throwable failure) {
        return StreamSupport.stream(
                        ObjectHelper.createExceptionIterable(failure).spliterator(), false)
                .anyMatch(cause -> kinds.stream().anyMatch(kind -> kind.isInstance(cause)));
    }
}
