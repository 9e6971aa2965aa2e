package org.exportrelay.destinations.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Predicate;
import java.util.zip.GZIPOutputStream;
import org.apache.camel.Exchange;
import org.apache.camel.component.kafka.KafkaEndpoint;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.exportrelay.component.DeliveryExchanges;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.records.BadRecordsException;
import org.exportrelay.records.RecordBatches;
import org.exportrelay.testing.KafkaBroker;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One file's rows in one transaction, on a real broker, with the thing broken in the middle. */
class KafkaRecordsTest {

    private static KafkaBroker broker;
    private static DefaultCamelContext context;

    @TempDir
    private Path directory;

    private String topic;
    private String receipts;

    @BeforeAll
    static void start() {
        broker = KafkaBroker.start();
        context = new DefaultCamelContext();
        context.start();
    }

    @AfterAll
    static void stop() throws Exception {
        context.close();
        broker.close();
    }

    @BeforeEach
    void createTopic() {
        topic = "rows-" + UUID.randomUUID();
        receipts = "receipts-" + UUID.randomUUID();
        broker.createTopic(topic, 3);
    }

    @Test
    void sendsEveryRowAndAReceiptUnderTheKeyColumn() throws Exception {
        Delivery delivery = delivery(1, 0);
        send(delivery, "id,name\n1,one\n2,two\n");
        awaitCommitted(2);
        assertThat(committedValues())
                .containsExactlyInAnyOrder("{\"id\":\"1\",\"name\":\"one\"}", "{\"id\":\"2\",\"name\":\"two\"}");
        ConsumerRecord<String, String> first = broker.committed(topic).get(0);
        assertThat(first.value()).contains("\"id\":\"" + first.key() + "\"");
        assertThat(KafkaBroker.headers(first))
                .containsEntry("ExportDeliveryId", delivery.deliveryId())
                .containsEntry("ExportId", "export-1");
        assertThat(broker.committed(receipts)).singleElement().satisfies(receipt -> {
            assertThat(receipt.key()).isEqualTo(delivery.deliveryId() + ".0");
            assertThat(receipt.value()).isEqualTo("2");
        });
    }

    @Test
    void showsNoRowOfAFileThatTurnsOutBadHalfWay() throws Exception {
        assertThatThrownBy(() -> send(delivery(1, 0), "id,name\n" + "1,one\n".repeat(5_000) + "2\n"))
                .isInstanceOf(BadRecordsException.class);
        assertThat(broker.committed(topic)).isEmpty();
        assertThat(broker.committed(receipts)).isEmpty();
    }

    @Test
    void parksARecordThatTheTopicCannotTake() {
        assertThatThrownBy(() -> send(delivery(1, 0), "id,name\n1,one\n2," + "x".repeat(2_000_000) + "\n"))
                .isInstanceOfSatisfying(DeliveryException.class, failure -> assertThat(failure.action())
                        .isEqualTo(FailureAction.PARK))
                .hasMessageContaining("too large")
                .hasMessageContaining("maxRequestSize");
        assertThat(broker.committed(topic)).isEmpty();
    }

    @Test
    void parksAFileWithoutTheKeyColumn() {
        assertThatThrownBy(() -> send(delivery(1, 0), "identity,name\n1,one\n"))
                .isInstanceOf(DeliveryException.class)
                .hasMessageContaining("has no column id, which keyColumn names");
    }

    @Test
    void deliversAFileWithoutRowsWhateverColumnsItHas() throws Exception {
        for (String csv : List.of("", "identity,name\n", "\n\n")) {
            send(delivery(1, 0), csv);
        }
        await().untilAsserted(() -> assertThat(broker.committed(receipts))
                .extracting(ConsumerRecord::value)
                .containsExactly("0", "0", "0"));
        assertThat(broker.committed(topic)).isEmpty();
    }

    @Test
    void makesNothingTwiceWhenTheLedgerMissedTheEndOfTheLastAttempt() throws Exception {
        Delivery first = delivery(1, 0);
        send(first, "id\n1\n2\n");
        send(again(first, 2, 0), "id\n1\n2\n");
        awaitCommitted(2);
        // A replay, though, was asked for.
        send(again(first, 1, 1), "id\n1\n2\n");
        awaitCommitted(4);
        send(again(first, 2, 1), "id\n1\n2\n");
        awaitCommitted(4);
    }

    @Test
    void fencesAnAttemptThatWakesUpLate() throws Exception {
        Delivery delivery = delivery(1, 0);
        try (Producer<byte[], byte[]> zombie = clients().producerFor(delivery.deliveryId())) {
            zombie.initTransactions();
            zombie.beginTransaction();
            zombie.send(new ProducerRecord<>(topic, "zombie".getBytes(UTF_8))).get();
            send(again(delivery, 2, 0), "id\n1\n");
            assertThatThrownBy(zombie::commitTransaction).isInstanceOf(KafkaException.class);
        }
        awaitCommitted(1);
        assertThat(committedValues()).containsExactly("{\"id\":\"1\"}");
    }

    @Test
    void sendsNothingOnceAnotherInstanceHasTakenOver() {
        assertThatThrownBy(() -> send(delivery(1, 0), "id\n1\n", held -> false))
                .isInstanceOfSatisfying(DeliveryException.class, failure -> assertThat(failure.action())
                        .isEqualTo(FailureAction.POSTPONE));
        assertThat(broker.committed(topic)).isEmpty();
    }

    @Test
    void deliveriesAtTheSameTimeDoNotFenceEachOther() throws Exception {
        int deliveries = 4;
        ExecutorService workers = Executors.newFixedThreadPool(deliveries);
        CountDownLatch together = new CountDownLatch(deliveries);
        try {
            KafkaRecordsProducer producer = producer(held -> {
                together.countDown();
                try {
                    together.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                return true;
            });
            List<Future<?>> results = new ArrayList<>();
            for (int i = 0; i < deliveries; i++) {
                Exchange exchange = exchange(delivery(1, 0), "id\n" + "1\n".repeat(1_000));
                results.add(workers.submit(() -> {
                    producer.process(exchange);
                    return null;
                }));
            }
            for (Future<?> result : results) {
                result.get();
            }
        } finally {
            workers.shutdownNow();
        }
        awaitCommitted(deliveries * 1_000);
    }

    @Test
    void waitsForReceiptsBehindATransactionThatIsStillOpen() throws Exception {
        Delivery delivered = delivery(1, 0);
        send(delivery(1, 0), "id\n1\n");
        try (Producer<byte[], byte[]> other =
                clients().producerFor(UUID.randomUUID().toString())) {
            other.initTransactions();
            other.beginTransaction();
            other.send(new ProducerRecord<>(receipts, "other".getBytes(UTF_8), new byte[0]))
                    .get();
            send(delivered, "id\n7\n");
            Future<?> retry = Executors.newSingleThreadExecutor().submit(() -> {
                send(again(delivered, 2, 0), "id\n7\n");
                return null;
            });
            await().during(Duration.ofSeconds(1)).until(() -> !retry.isDone());
            other.abortTransaction();
            retry.get();
        }
        awaitCommitted(2);
        assertThat(committedValues()).containsExactlyInAnyOrder("{\"id\":\"1\"}", "{\"id\":\"7\"}");
    }

    @Test
    void refusesOptionsThatWouldBreakTheTransactionAndUnknownOnes() {
        assertThatThrownBy(() -> context.getEndpoint("kafka-records:x?brokers=b:1&requestRequiredAcks=1"))
                .rootCause()
                .hasMessageContaining("requestRequiredAcks=all");
        assertThatThrownBy(() -> context.getEndpoint("kafka-records:x?brokers=b:1&keyColum=id"))
                .hasMessageContaining("keyColum");
        assertThatThrownBy(() -> context.getEndpoint("kafka-records:x"))
                .rootCause()
                .hasMessageContaining("brokers is missing");
    }

    private void send(Delivery delivery, String csv) throws Exception {
        send(delivery, csv, held -> true);
    }

    private void send(Delivery delivery, String csv, Predicate<Delivery> held) throws Exception {
        Exchange exchange = exchange(delivery, csv);
        try (RecordBatches batches = exchange.getMessage().getBody(RecordBatches.class)) {
            producer(held).process(exchange);
        }
    }

    private Exchange exchange(Delivery delivery, String csv) throws Exception {
        Path file = Files.createTempFile(directory, "spool", "");
        try (OutputStream gzip = new GZIPOutputStream(Files.newOutputStream(file))) {
            gzip.write(csv.getBytes(UTF_8));
        }
        Exchange exchange = new DefaultExchange(context);
        exchange.setProperty(DeliveryExchanges.DELIVERY, delivery);
        exchange.getMessage().setBody(RecordBatches.open(file, "rows.csv.gz", 100, null));
        return exchange;
    }

    private KafkaRecordsProducer producer(Predicate<Delivery> held) {
        KafkaRecordsEndpoint endpoint = context.getEndpoint(
                "kafka-records:" + topic + "?brokers=" + broker.servers() + "&keyColumn=id&receiptsTopic=" + receipts,
                KafkaRecordsEndpoint.class);
        return new KafkaRecordsProducer(endpoint, clients(), held);
    }

    private static KafkaClients clients() {
        KafkaEndpoint connection = context.getEndpoint("kafka:any?brokers=" + broker.servers(), KafkaEndpoint.class);
        connection.getConfiguration().setTransactionalId("export-relay");
        return new KafkaClients(connection);
    }

    /** The broker shows a transaction a moment after it has confirmed the commit. */
    private void awaitCommitted(int records) {
        await().untilAsserted(() -> assertThat(broker.committed(topic)).hasSize(records));
    }

    private List<String> committedValues() {
        return broker.committed(topic).stream().map(ConsumerRecord::value).toList();
    }

    private static Delivery delivery(int attempt, int replays) {
        ExportFile file = new ExportFile(
                1,
                "export-1",
                "rows",
                "rows.csv.gz",
                1,
                "rows.csv.gz",
                null,
                null,
                null,
                null,
                Instant.now(),
                null,
                null);
        return new Delivery(UUID.randomUUID().toString(), "kafka-records", attempt, attempt, replays, "claim", file);
    }

    private static Delivery again(Delivery delivery, int attempt, int replays) {
        return new Delivery(
                delivery.deliveryId(),
                delivery.destination(),
                attempt,
                attempt,
                replays,
                delivery.claim(),
                delivery.file());
    }
}
