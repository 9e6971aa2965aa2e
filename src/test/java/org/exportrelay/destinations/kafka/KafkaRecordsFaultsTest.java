package org.exportrelay.destinations.kafka;

import static org.apache.kafka.common.acl.AclOperation.CREATE;
import static org.apache.kafka.common.acl.AclOperation.DESCRIBE;
import static org.apache.kafka.common.acl.AclOperation.READ;
import static org.apache.kafka.common.acl.AclOperation.WRITE;
import static org.apache.kafka.common.resource.ResourceType.TOPIC;
import static org.apache.kafka.common.resource.ResourceType.TRANSACTIONAL_ID;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.apache.camel.Exchange;
import org.apache.camel.impl.DefaultCamelContext;
import org.apache.camel.support.DefaultExchange;
import org.exportrelay.component.DeliveryExchanges;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.ExportFile;
import org.exportrelay.delivery.FailureAction;
import org.exportrelay.records.RecordBatches;
import org.exportrelay.testing.KafkaBroker;
import org.exportrelay.testing.TcpGate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Brokers and topics that do not take records: each attempt ends at the first one, with the reason. */
class KafkaRecordsFaultsTest {

    private static final Duration MAX_BLOCK = Duration.ofSeconds(3);
    private static final int RECORDS = 1_000;

    private static KafkaBroker broker;
    private static DefaultCamelContext context;

    @TempDir
    private Path directory;

    private final String topic = "rows-" + UUID.randomUUID();
    private final String receipts = "receipts-" + UUID.randomUUID();

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

    @Test
    @Timeout(30)
    void endsAtTheFirstRecordForAMissingTopic() {
        assertThatThrownBy(() -> send(open(broker)))
                .isInstanceOfSatisfying(DeliveryException.class, failure -> assertThat(failure.action())
                        .isEqualTo(FailureAction.OUTAGE))
                .hasMessage("topic " + topic + " does not exist on " + broker.servers()
                        + "; create it, or correct the topic in the route");
    }

    @Test
    @Timeout(30)
    void endsAtTheFirstRecordForATopicThatTheUserCannotSee() {
        broker.createTopic(topic, 1);
        allowReceiptsAndTransactions();
        assertThatThrownBy(() -> send(withLogin(KafkaBroker.PASSWORD)))
                .hasMessageStartingWith("the user has no access to topic " + topic + " on ")
                .hasMessageContaining("grant Describe and Write");
    }

    @Test
    void endsAtTheFirstRecordForATopicThatTheUserMayOnlySee() {
        broker.createTopic(topic, 1);
        allowReceiptsAndTransactions();
        broker.allow(TOPIC, topic, DESCRIBE);
        assertThatThrownBy(() -> send(withLogin(KafkaBroker.PASSWORD)))
                .hasMessageStartingWith("the user has no access to topic " + topic + " on ")
                .hasMessageContaining("grant Describe and Write");
        assertThat(broker.committed(topic)).isEmpty();
    }

    @Test
    void sendsOnceTheUserMayWrite() throws Exception {
        broker.createTopic(topic, 1);
        allowReceiptsAndTransactions();
        broker.allow(TOPIC, topic, DESCRIBE, WRITE);
        send(withLogin(KafkaBroker.PASSWORD));
        await().untilAsserted(() -> assertThat(broker.committed(topic)).hasSize(RECORDS));
    }

    @Test
    void saysWhatItNeedsWhereItMayUseNoTransaction() {
        broker.createTopic(topic, 1);
        broker.allow(TOPIC, receipts, DESCRIBE, WRITE, READ, CREATE);
        broker.allow(TOPIC, topic, DESCRIBE, WRITE);
        assertThatThrownBy(() -> send(withLogin(KafkaBroker.PASSWORD) + "&transactionalId=foreign"))
                .hasMessageContaining("may not use transactional ids")
                .hasMessageEndingWith("with the prefix foreign");
    }

    @Test
    void refusesAWrongPasswordWithoutNamingIt() {
        assertThatThrownBy(() -> send(withLogin("wr0ng-one")))
                .hasMessageContaining("refused the login (Authentication failed")
                .hasMessageNotContaining("wr0ng");
    }

    @Test
    void namesNoPartOfAPasswordThatItsQuotesEnd() {
        assertThatThrownBy(() -> send(withLogin("first\" second\" third")))
                .hasMessageContaining("saslJaasConfig cannot be read")
                .hasMessageNotContaining("second");
    }

    @Test
    void saysThatABrokerHasNoAddress() {
        assertThatThrownBy(() -> send("brokers=no-such-host.invalid:9092"))
                .hasMessageContaining("no client for no-such-host.invalid:9092 can be created")
                .hasMessageContaining("No resolvable bootstrap urls");
    }

    @Test
    void saysThatNothingListens() {
        String nowhere = "127.0.0.1:" + TcpGate.freePort();
        assertThatThrownBy(() -> send("brokers=" + nowhere
                        + "&requestTimeoutMs=500&additionalProperties.default.api.timeout.ms=1000"))
                .hasMessageContaining("TimeoutException")
                .hasMessageEndingWith("check that " + nowhere + " can be reached");
    }

    /** Once the producer's memory is full, each further record would wait as long as the first. */
    @Test
    void endsAtTheFirstRecordThatNoLongerFitsIntoMemoryWhenABrokerGoesAway() throws Exception {
        try (KafkaBroker dying = KafkaBroker.start()) {
            dying.createTopic(topic, 1);
            CompletableFuture<Void> attempt = CompletableFuture.runAsync(() -> {
                try {
                    send(open(dying) + "&bufferMemorySize=65536&producerBatchSize=16384", 3_000_000);
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            });
            await().atMost(Duration.ofSeconds(30)).until(() -> dying.written(topic) > 1_000);
            dying.close();
            await().atMost(Duration.ofSeconds(30)).until(attempt::isCompletedExceptionally);
            assertThatThrownBy(attempt::join)
                    .rootCause()
                    .isInstanceOf(org.apache.kafka.common.errors.TimeoutException.class);
        }
    }

    private void allowReceiptsAndTransactions() {
        broker.allow(TOPIC, receipts, DESCRIBE, WRITE, READ, CREATE);
        broker.allow(TRANSACTIONAL_ID, "export-relay", DESCRIBE, WRITE);
    }

    private static String open(KafkaBroker broker) {
        return "brokers=" + broker.servers();
    }

    private static String withLogin(String password) {
        return "brokers=" + broker.serversWithLogin()
                + "&securityProtocol=SASL_PLAINTEXT&saslMechanism=PLAIN&saslJaasConfig=RAW("
                + KafkaBroker.jaasConfig(password) + ")";
    }

    private void send(String options) throws Exception {
        send(options, RECORDS);
    }

    private void send(String options, int records) throws Exception {
        Path file = Files.writeString(directory.resolve("rows.csv"), "id\n" + "1\n".repeat(records));
        KafkaRecordsEndpoint endpoint = context.getEndpoint(
                "kafka-records:" + topic + "?maxBlockMs=" + MAX_BLOCK.toMillis() + "&receiptsTopic=" + receipts + "&"
                        + options,
                KafkaRecordsEndpoint.class);
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
        return new Delivery(UUID.randomUUID().toString(), "kafka-records", 1, 1, 0, "claim", file);
    }
}
