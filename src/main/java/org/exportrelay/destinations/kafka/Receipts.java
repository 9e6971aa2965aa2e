package org.exportrelay.destinations.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;

/**
 * Proof of delivered files: a message in a topic of its own, written in the transaction of the rows.
 * It says what the ledger cannot know when the process dies between Kafka's commit and the ledger's.
 * Read only where an attempt was begun before. Thread-safe.
 */
final class Receipts {

    /** Longer than any delivery stays between its first attempt and its last. */
    private static final Duration RETENTION = Duration.ofDays(30);
    /** How far the clocks of the API, the broker and the relay may be apart. */
    private static final Duration CLOCK_SKEW = Duration.ofDays(1);

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration POLL = Duration.ofMillis(200);

    private final String topic;
    private final KafkaClients clients;
    private volatile boolean topicIsThere;

    Receipts(String topic, KafkaClients clients) {
        this.topic = topic;
        this.clients = clients;
    }

    String topic() {
        return topic;
    }

    /** The key of a delivery's receipt. A replayed delivery is to be made again, so that its old receipt must not count. */
    static byte[] key(Delivery delivery) {
        return (delivery.deliveryId() + "." + delivery.replays()).getBytes(UTF_8);
    }

    /**
     * Makes the topic unless it is there.
     *
     * @throws DeliveryException if it is not there and the broker does not let the relay make it
     */
    void createTopic() throws DeliveryException {
        if (topicIsThere) {
            return;
        }
        try (Admin admin = clients.admin()) {
            NewTopic wanted = new NewTopic(topic, Optional.of(1), Optional.empty())
                    .configs(Map.of(TopicConfig.RETENTION_MS_CONFIG, Long.toString(RETENTION.toMillis())));
            result(() -> admin.createTopics(List.of(wanted)).all().get());
        } catch (TopicExistsException alreadyThere) {
            // What was wanted.
        } catch (AuthorizationException e) {
            if (!exists()) {
                throw new DeliveryException(
                        FailureAction.OUTAGE,
                        "the receipts topic " + topic + " is missing and the broker does not let the relay make it ("
                                + e.getMessage() + "); create it with one partition and retention.ms="
                                + RETENTION.toMillis(),
                        e);
            }
        }
        topicIsThere = true;
    }

    private boolean exists() {
        try (Admin admin = clients.admin()) {
            return result(() -> admin.listTopics().names().get()).contains(topic);
        }
    }

    /**
     * Whether a delivery's rows are in Kafka already. Its last attempt must have been fenced before,
     * so that it can no longer commit.
     *
     * @throws DeliveryException if this cannot be known yet, since transactions of others are still open
     */
    boolean has(Delivery delivery) throws DeliveryException {
        byte[] wanted = key(delivery);
        try (Consumer<byte[], byte[]> reader = clients.committedReader()) {
            List<TopicPartition> partitions = new ArrayList<>();
            for (PartitionInfo partition : reader.partitionsFor(topic)) {
                partitions.add(new TopicPartition(topic, partition.partition()));
            }
            reader.assign(partitions);
            Map<TopicPartition, Long> ends = ends(partitions);
            start(reader, partitions, delivery.file().createdAt());
            Instant deadline = Instant.now().plus(PATIENCE);
            while (partitions.stream().anyMatch(partition -> reader.position(partition) < ends.get(partition))) {
                ConsumerRecords<byte[], byte[]> read = reader.poll(POLL);
                for (ConsumerRecord<byte[], byte[]> receipt : read) {
                    if (Arrays.equals(wanted, receipt.key())) {
                        return true;
                    }
                }
                if (!read.isEmpty()) {
                    deadline = Instant.now().plus(PATIENCE);
                }
                if (Instant.now().isAfter(deadline)) {
                    throw new DeliveryException(
                            FailureAction.POSTPONE,
                            "another delivery's transaction on " + topic
                                    + " is still open, so that receipts behind it cannot be read yet");
                }
            }
            return false;
        }
    }

    /**
     * To the very end, open transactions included: the last committed offset would stop before the
     * first open one, and miss a receipt that was committed behind it.
     */
    private Map<TopicPartition, Long> ends(List<TopicPartition> partitions) {
        Map<TopicPartition, OffsetSpec> latest = new HashMap<>();
        partitions.forEach(partition -> latest.put(partition, OffsetSpec.latest()));
        try (Admin admin = clients.admin()) {
            Map<TopicPartition, ListOffsetsResultInfo> offsets =
                    result(() -> admin.listOffsets(latest, new ListOffsetsOptions(IsolationLevel.READ_UNCOMMITTED))
                            .all()
                            .get());
            Map<TopicPartition, Long> ends = new HashMap<>();
            offsets.forEach((partition, info) -> ends.put(partition, info.offset()));
            return ends;
        }
    }

    /** No receipt is older than its export. */
    private static void start(Consumer<?, ?> reader, List<TopicPartition> partitions, Instant oldest) {
        reader.seekToBeginning(partitions);
        if (oldest == null) {
            return;
        }
        Map<TopicPartition, Long> times = new HashMap<>();
        partitions.forEach(
                partition -> times.put(partition, oldest.minus(CLOCK_SKEW).toEpochMilli()));
        reader.offsetsForTimes(times).forEach((partition, offset) -> {
            if (offset != null) {
                reader.seek(partition, offset.offset());
            }
        });
    }

    private static <T> T result(Answer<T> answer) {
        try {
            return answer.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KafkaException kafka ? kafka : new KafkaException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new org.apache.kafka.common.errors.InterruptException(e);
        }
    }

    @FunctionalInterface
    private interface Answer<T> {
        T get() throws ExecutionException, InterruptedException;
    }
}
