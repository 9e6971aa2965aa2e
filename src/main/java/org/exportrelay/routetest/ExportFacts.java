package org.exportrelay.routetest;

import java.util.HashMap;
import java.util.Map;
import org.apache.camel.Exchange;
import org.exportrelay.component.DeliveryExchanges;
import org.exportrelay.component.ExportHeaders;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.ExportFile;

/** What {@code ${export.…}} stands for where a delivery is concerned; see {@link Expectation#VARIABLES}. */
final class ExportFacts {

    private ExportFacts() {}

    /** None for an exchange that belongs to no delivery. */
    static Map<String, String> of(Exchange exchange) {
        Delivery delivery = exchange.getProperty(DeliveryExchanges.DELIVERY, Delivery.class);
        if (delivery == null) {
            return Map.of();
        }
        ExportFile file = delivery.file();
        Map<String, String> facts = new HashMap<>();
        put(facts, "delivery.id", delivery.deliveryId());
        put(facts, "export.id", file.exportId());
        put(facts, "export.name", file.exportName());
        put(facts, "export.file", file.uniqueName());
        put(facts, "export.filename", file.filename());
        put(facts, "export.sha256", file.sha256());
        put(facts, "export.size", file.size());
        put(facts, "export.records", file.records());
        put(facts, "export.created_at", ExportHeaders.text(file.createdAt()));
        return facts;
    }

    private static void put(Map<String, String> facts, String name, Object value) {
        if (value != null) {
            facts.put(name, value.toString());
        }
    }
}
