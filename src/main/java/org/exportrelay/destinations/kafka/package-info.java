/** The Camel component {@code kafka-records:}: an export file's rows in one Kafka transaction, exactly once. */
package org.exportrelay.destinations.kafka;
