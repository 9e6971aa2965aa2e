package org.exportrelay.destinations.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.camel.Exchange;
import org.apache.camel.component.kafka.KafkaConfiguration;
import org.apache.camel.support.DefaultProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.exportrelay.component.DeliveryExchanges;
import org.exportrelay.component.ExportHeaders;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.destinations.ReadAhead;
import org.exportrelay.log.LogEvent;
import org.exportrelay.records.ExportRecord;
import org.exportrelay.records.RecordBatches;
import org.exportrelay.records.RecordJson;
import org.jboss.logging.Logger;

/**
 * Sends one file's rows and its receipt in one transaction, and returns once that is committed. Any failure before aborts
 * it, so that consumers with {@code read_committed} see all rows of a file or none. Thread-safe: each exchange has a Kafka
 * producer of its own.
 */
final class KafkaRecordsProducer extends DefaultProducer {

    private static final Logger LOG = Logger.getLogger(KafkaRecordsProducer.class);
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

    private final String topic;
    private final String keyColumn;
    private final KafkaConfiguration configuration;
    private final KafkaClients clients;
    private final Receipts receipts;
    private final Predicate<Delivery> held;

    /**
     * @param held whether the ledger still counts a delivery as this instance's
     */
    KafkaRecordsProducer(KafkaRecordsEndpoint endpoint, KafkaClients clients, Predicate<Delivery> held) {
        super(endpoint);
        this.topic = endpoint.getTopic();
        this.keyColumn = endpoint.getKeyColumn();
        this.configuration = endpoint.connection().getConfiguration();
        this.clients = clients;
        this.held = held;
        this.receipts = new Receipts(endpoint.getReceiptsTopic(), clients);
    }

    @Override
    public void process(Exchange exchange) throws DeliveryException {
        Delivery delivery = exchange.getProperty(DeliveryExchanges.DELIVERY, Delivery.class);
        if (delivery == null || !(exchange.getMessage().getBody() instanceof RecordBatches batches)) {
            throw new DeliveryException(
                    FailureAction.PARK,
                    "kafka-records:" + topic + " takes a whole file's records; begin the route at exports: with"
                            + " payload: records, and let no split or other body come before this step");
        }
        if (keyColumn != null && batches.hasNext() && !batches.hasColumn(keyColumn)) {
            throw new DeliveryException(
                    FailureAction.PARK,
                    delivery.file().filename() + " has no column " + keyColumn
                            + ", which keyColumn names; correct the route, then replay");
        }
        try {
            receipts.createTopic();
            send(delivery, batches, headers(delivery, exchange));
        } catch (KafkaException e) {
            throw KafkaFailure.of(e, delivery, configuration);
        }
    }

    private void send(Delivery delivery, RecordBatches batches, List<Header> headers) throws DeliveryException {
        Producer<byte[], byte[]> producer = clients.producerFor(delivery.deliveryId());
        try {
            // Fences an earlier attempt that may still run: from here on it can commit nothing.
            producer.initTransactions();
            if (!held.test(delivery)) {
                // A later attempt may have committed already: only the holder of the claim checks the receipts.
                throw new DeliveryException(FailureAction.POSTPONE, "another instance has taken over this delivery");
            }
            if (!delivery.isFirstClaim() && receipts.has(delivery)) {
                LogEvent.DELIVERY_SENT_BEFORE
                        .on(LOG)
                        .with(delivery.logFields())
                        .infof(
                                "exports:%s: the records of %s are in %s already, from an attempt that the ledger did not record",
                                delivery.destination(), delivery.file().uniqueName(), topic);
            } else {
                sendAll(producer, delivery, batches, headers);
            }
        } finally {
            producer.close(CLOSE_PATIENCE);
        }
    }

    private static List<Header> headers(Delivery delivery, Exchange exchange) {
        List<Header> headers = new ArrayList<>();
        headers.add(header(ExportHeaders.ID, delivery.file().exportId()));
        headers.add(header(ExportHeaders.DELIVERY_ID, delivery.deliveryId()));
        Map<?, ?> trace = exchange.getProperty(DeliveryExchanges.TRACE_HEADERS, Map.of(), Map.class);
        trace.forEach((name, value) -> headers.add(header(name.toString(), value.toString())));
        return headers;
    }

    private void sendAll(
            Producer<byte[], byte[]> producer, Delivery delivery, RecordBatches batches, List<Header> headers) {
        RecordTransaction transaction = RecordTransaction.begin(producer);
        try (ReadAhead<List<Message>> messages = new ReadAhead<>(
                getEndpoint().getCamelContext().getExecutorServiceManager(),
                "records of " + delivery.deliveryId(),
                messages(batches),
                // As Kafka's own methods do; it sets the thread's interrupt flag again.
                InterruptException::new)) {
            long records = 0;
            while (messages.hasNext()) {
                for (Message message : messages.next()) {
                    transaction.send(new ProducerRecord<>(topic, null, null, message.key(), message.value(), headers));
                    records++;
                }
            }
            transaction.send(new ProducerRecord<>(
                    receipts.topic(),
                    Receipts.key(delivery),
                    Long.toString(records).getBytes(UTF_8)));
            transaction.commit();
        } catch (RuntimeException e) {
            transaction.abort(e);
            throw e;
        }
    }

    private Iterator<List<Message>> messages(RecordBatches batches) {
        RecordJson json = new RecordJson();
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return batches.hasNext();
            }

            @Override
            public List<Message> next() {
                return batches.next().stream().map(row -> message(row, json)).toList();
            }
        };
    }

    private Message message(ExportRecord row, RecordJson json) {
        return new Message(keyColumn == null ? null : row.get(keyColumn).getBytes(UTF_8), json.of(row));
    }

    private static Header header(String name, String value) {
        return new RecordHeader(name, value.getBytes(UTF_8));
    }

    private record Message(byte[] key, byte[] value) {}
}
