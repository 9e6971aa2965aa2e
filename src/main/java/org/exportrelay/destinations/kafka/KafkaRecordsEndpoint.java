package org.exportrelay.destinations.kafka;

import org.apache.camel.Category;
import org.apache.camel.Consumer;
import org.apache.camel.Processor;
import org.apache.camel.Producer;
import org.apache.camel.component.kafka.KafkaEndpoint;
import org.apache.camel.spi.Metadata;
import org.apache.camel.spi.UriEndpoint;
import org.apache.camel.spi.UriParam;
import org.apache.camel.spi.UriPath;
import org.apache.camel.support.DefaultEndpoint;

/**
 * Send the rows of an export file to a Kafka topic, one message each, all of them in one transaction
 * and exactly once. Takes every option of the kafka component as well; transactionalId is a prefix.
 */
@UriEndpoint(
        firstVersion = "0.1.0",
        scheme = "kafka-records",
        title = "Kafka Records",
        syntax = "kafka-records:topic",
        producerOnly = true,
        lenientProperties = true,
        category = {Category.MESSAGING})
public class KafkaRecordsEndpoint extends DefaultEndpoint {

    @UriPath(description = "The topic of the records.")
    @Metadata(required = true)
    private String topic;

    @UriParam(description = "The CSV column whose value becomes the message key. Without it messages have no key.")
    private String keyColumn;

    @UriParam(
            defaultValue = "export-relay-receipts",
            description = "The topic that gets one message per delivered file, in the same transaction."
                    + " Made with one partition if the broker lets the relay do so.")
    private String receiptsTopic = "export-relay-receipts";

    private KafkaEndpoint connection;

    public KafkaRecordsEndpoint(String uri, KafkaRecordsComponent component) {
        super(uri, component);
    }

    @Override
    public Producer createProducer() {
        KafkaRecordsComponent component = (KafkaRecordsComponent) getComponent();
        return new KafkaRecordsProducer(
                this,
                new KafkaClients(connection),
                delivery -> component.getServices().queue().holds(delivery));
    }

    @Override
    public Consumer createConsumer(Processor processor) {
        throw new UnsupportedOperationException(
                "kafka-records:" + topic + " is where records are sent to; to read a topic, begin at kafka:" + topic);
    }

    /** The broker and how to reach it. */
    public KafkaEndpoint connection() {
        return connection;
    }

    void setConnection(KafkaEndpoint connection) {
        this.connection = connection;
    }

    public String getTopic() {
        return topic;
    }

    public void setTopic(String topic) {
        this.topic = topic;
    }

    public String getKeyColumn() {
        return keyColumn;
    }

    public void setKeyColumn(String keyColumn) {
        this.keyColumn = keyColumn;
    }

    public String getReceiptsTopic() {
        return receiptsTopic;
    }

    public void setReceiptsTopic(String receiptsTopic) {
        this.receiptsTopic = receiptsTopic;
    }
}
