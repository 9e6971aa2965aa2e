package org.exportrelay.bench;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;

/** Replaces a topic with an empty one. Arguments: the broker, the topic and the number of partitions. */
final class KafkaTopic {

    private KafkaTopic() {}

    public static void main(String... args) throws Exception {
        String topic = args[1];
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", (Object) args[0]))) {
            Set<String> topics = admin.listTopics().names().get();
            if (topics.contains(topic)) {
                admin.deleteTopics(List.of(topic)).all().get();
                while (admin.listTopics().names().get().contains(topic)) {
                    Thread.sleep(50);
                }
            }
            admin.createTopics(List.of(new NewTopic(topic, Integer.parseInt(args[2]), (short) 1)))
                    .all()
                    .get();
        }
    }
}
