package org.exportrelay.destinations.kafka;

import static org.apache.kafka.common.acl.AclOperation.DESCRIBE;
import static org.apache.kafka.common.acl.AclOperation.READ;
import static org.apache.kafka.common.acl.AclOperation.WRITE;
import static org.apache.kafka.common.resource.ResourceType.TOPIC;
import static org.apache.kafka.common.resource.ResourceType.TRANSACTIONAL_ID;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.component.kafka.KafkaEndpoint;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.NotEnoughReplicasAfterAppendException;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.exportrelay.component.DeliveryExchanges;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.destinations.FailureTable;
import org.exportrelay.records.RecordBatches;
import org.exportrelay.testing.KafkaBroker;
import org.exportrelay.testing.TcpGate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Messages through {@code kafka:} and files through {@code kafka-records:}, against one broker. */
class KafkaFailuresTest {

    private static final String FAST = "&maxBlockMs=1500&requestTimeoutMs=500&deliveryTimeoutMs=1500&lingerMs=0"
            + "&additionalProperties.default.api.timeout.ms=1500&brokers=";

    private static KafkaBroker broker;
    private static DefaultCamelContext context;

    @TempDir
    private Path directory;

    @BeforeAll
    static void start() {
        broker = KafkaBroker.start();
        context = new DefaultCamelContext();
        context.start();
        broker.createTopic("plain", 1);
        broker.createTopic("receipts", 1);
        createCompactedTopic("compacted");
        broker.allow(TOPIC, "receipts", DESCRIBE, WRITE, READ);
        broker.allow(TRANSACTIONAL_ID, "export-relay", DESCRIBE, WRITE);
    }

    @AfterAll
    static void stop() throws Exception {
        context.close();
        broker.close();
    }

    @TestFactory
    Stream<DynamicTest> everyRowOfTheTableHolds() {
        String nowhere = "127.0.0.1:" + TcpGate.freePort();
        return FailureTable.of("Kafka")
                .row(
                        "The brokers cannot be reached, or do not respond in time.",
                        () -> sendLink("plain", nowhere, "link"),
                        () -> sendRecords("plain", nowhere),
                        () -> sendRecords("plain", "no-such-host.invalid:9092"))
                .row(
                        "The brokers refuse the login.",
                        () -> sendLink("plain", withLogin("wrong"), "link"),
                        () -> sendRecords("plain", withLogin("wrong")))
                .row(
                        "The topic does not exist.",
                        () -> sendLink("missing", broker.servers(), "link"),
                        () -> sendRecords("missing", broker.servers()))
                .row(
                        "The user may not write to the topic, or may not use transactions.",
                        () -> sendLink("plain", withLogin(KafkaBroker.PASSWORD), "link"),
                        () -> sendRecords("plain", withLogin(KafkaBroker.PASSWORD)),
                        () -> sendRecords("plain", withLogin(KafkaBroker.PASSWORD) + "&transactionalId=foreign"))
                .row(
                        "The receipts topic is missing and cannot be created.",
                        () -> sendRecords("plain", withLogin(KafkaBroker.PASSWORD) + "&receiptsTopic=other"))
                .row(
                        "An option of the client is wrong.",
                        () -> sendRecords("plain", withLogin("first\" second\" third")))
                // One broker always has enough for its topics.
                .row(
                        "The topic does not have enough in-sync replicas.",
                        () -> failing(new NotEnoughReplicasException("1 of 2")),
                        () -> failing(new NotEnoughReplicasAfterAppendException("1 of 2")))
                .row(
                        "A record is too large.",
                        () -> sendLink("plain", broker.servers(), "x".repeat(2_000_000)),
                        () -> sendRecords("plain", broker.servers(), "x".repeat(2_000_000)))
                .row(
                        "The topic does not accept a record, for example without a key.",
                        () -> sendLink("compacted", broker.servers(), "link"))
                .row(
                        "A record cannot be serialized.",
                        () -> sendLink(
                                "plain",
                                broker.servers()
                                        + "&valueSerializer=org.apache.kafka.common.serialization.UUIDSerializer",
                                "link"))
                .row("The transaction has ended before the file was sent.", this::inATransactionThatHasEnded)
                .tests();
    }

    private static void createCompactedTopic(String name) {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", (Object) broker.servers()))) {
            admin.createTopics(List.of(new NewTopic(name, 1, (short) 1).configs(Map.of("cleanup.policy", "compact"))))
                    .all()
                    .get();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static void failing(KafkaException failure) throws DeliveryException {
        throw KafkaFailure.of(
                failure,
                delivery(),
                context.getEndpoint("kafka:any", KafkaEndpoint.class).getConfiguration());
    }

    private static String withLogin(String password) {
        return broker.serversWithLogin()
                + "&securityProtocol=SASL_PLAINTEXT&saslMechanism=PLAIN&saslJaasConfig=RAW("
                + KafkaBroker.jaasConfig(password) + ")";
    }

    private void inATransactionThatHasEnded() {
        KafkaEndpoint connection = context.getEndpoint("kafka:any?brokers=" + broker.servers(), KafkaEndpoint.class);
        connection.getConfiguration().setTransactionalId("export-relay");
        KafkaClients clients = new KafkaClients(connection);
        try (Producer<byte[], byte[]> first = clients.producerFor("d1");
                Producer<byte[], byte[]> second = clients.producerFor("d1")) {
            first.initTransactions();
            RecordTransaction transaction = RecordTransaction.begin(first);
            second.initTransactions();
            transaction.send(new ProducerRecord<>("plain", new byte[1]));
            transaction.commit();
        }
    }

    private void sendLink(String topic, String brokers, String body) {
        context.createProducerTemplate()
                .requestBody("kafka:" + topic + "?requestRequiredAcks=all" + FAST + brokers, body);
    }

    private void sendRecords(String topic, String brokers) throws Exception {
        sendRecords(topic, brokers, "1");
    }

    private void sendRecords(String topic, String brokers, String value) throws Exception {
        Path file = Files.writeString(directory.resolve("rows.csv"), "id\n" + value + "\n");
        String receipts = brokers.contains("receiptsTopic") ? "" : "&receiptsTopic=receipts";
        KafkaRecordsEndpoint endpoint = context.getEndpoint(
                "kafka-records:" + topic + "?" + FAST.substring(1) + brokers + receipts, KafkaRecordsEndpoint.class);
        Exchange exchange = new DefaultExchange(context);
        exchange.setProperty(DeliveryExchanges.DELIVERY, delivery());
        try (RecordBatches batches = RecordBatches.open(file, "rows.csv", 100, null)) {
            exchange.getMessage().setBody(batches);
            new KafkaRecordsProducer(endpoint, new KafkaClients(endpoint.connection()), held -> true).process(exchange);
        }
    }

    private static Delivery delivery() {
        ExportFile file = new ExportFile(
                1, "export-1", "rows", "rows.csv", 1, "rows.csv", null, null, null, null, Instant.now(), null, null);
        return new Delivery(UUID.randomUUID().toString(), "kafka", 1, 1, 0, "claim", file);
    }
}
