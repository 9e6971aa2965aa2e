package org.exportrelay.destinations.kafka;

import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;

/**
 * A transaction that ends with the first record that Kafka does not accept: a topic that is missing or a broker that is
 * away would block each further one for {@code maxBlockMs}. For one thread, beside the producer's own.
 */
final class RecordTransaction {

    private final Producer<byte[], byte[]> producer;
    private final AtomicReference<Exception> firstFailure = new AtomicReference<>();
    private final Callback whenSent = (metadata, failure) -> {
        if (failure != null) {
            firstFailure.compareAndSet(null, failure);
        }
    };

    private RecordTransaction(Producer<byte[], byte[]> producer) {
        this.producer = producer;
    }

    /**
     * @param producer whose transactions are initialized
     */
    static RecordTransaction begin(Producer<byte[], byte[]> producer) {
        producer.beginTransaction();
        return new RecordTransaction(producer);
    }

    /**
     * @throws KafkaException if Kafka has not accepted this record or an earlier one
     */
    void send(ProducerRecord<byte[], byte[]> record) {
        try {
            producer.send(record, whenSent);
        } catch (KafkaException e) {
            throw cause(e);
        }
        if (firstFailure.get() != null) {
            throw cause(null);
        }
    }

    /**
     * Returns when every record is committed.
     *
     * @throws KafkaException if none is
     */
    void commit() {
        try {
            producer.commitTransaction();
        } catch (KafkaException e) {
            throw cause(e);
        }
    }

    /** What cannot be aborted now ends with the next attempt or with the transaction's time-out. */
    void abort(RuntimeException failure) {
        try {
            producer.abortTransaction();
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    /** After a record has failed, the producer's own exceptions only say that one has. */
    private KafkaException cause(KafkaException thrown) {
        Exception first = firstFailure.get();
        return first == null || first == thrown ? thrown : new KafkaException(first.getMessage(), first);
    }
}
