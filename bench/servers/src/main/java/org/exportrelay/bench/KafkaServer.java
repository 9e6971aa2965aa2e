package org.exportrelay.bench;

import io.smallrye.reactive.messaging.kafka.companion.test.EmbeddedKafkaBroker;
import java.io.IOException;

/** The Kafka broker of the tests, on a free port of 127.0.0.1. Prints "ready" and the port; ends when standard input closes. */
final class KafkaServer {

    private KafkaServer() {}

    public static void main(String... args) throws IOException {
        EmbeddedKafkaBroker broker = new EmbeddedKafkaBroker()
                .withKafkaHost("127.0.0.1")
                .withDeleteLogDirsOnClose(true)
                .withAdditionalProperties(properties -> {
                    properties.put("num.partitions", "3");
                    properties.put("transaction.state.log.num.partitions", "1");
                    properties.put("transaction.max.timeout.ms", "900000");
                    // The messages of earlier rounds are deleted immediately with their topic.
                    properties.put("log.segment.delete.delay.ms", "0");
                })
                .start();
        System.out.println("ready " + broker.getAdvertisedListeners().replaceFirst("^[A-Z]+://", "").replaceFirst(",.*", ""));
        awaitEndOfInput();
        broker.close();
    }

    private static void awaitEndOfInput() throws IOException {
        while (System.in.read() >= 0) {
            // Waits for the end of standard input.
        }
    }
}
