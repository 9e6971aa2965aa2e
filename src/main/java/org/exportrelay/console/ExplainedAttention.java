package org.exportrelay.console;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.exportrelay.json.ExplanationJson;
import org.exportrelay.ledger.AttentionItem;
import org.exportrelay.ledger.DestinationSummary;
import org.exportrelay.ledger.Explanation.OfDelivery;
import org.exportrelay.ledger.Explanations;
import org.exportrelay.ledger.Status;
import org.exportrelay.ledger.Status.Row;
import org.exportrelay.ledger.database.LedgerDatabase;

/**
 * What needs an operator, each with the explanation of one delivery that shows it: the one that failed last, or the waiting
 * one that expires next. Reads by indexes only.
 */
@Singleton
final class ExplainedAttention {

    private final LedgerDatabase database;

    @Inject
    ExplainedAttention(LedgerDatabase database) {
        this.database = database;
    }

    /**
     * As fields.
     *
     * @param destinations by name
     */
    List<Map<String, Object>> of(List<AttentionItem> items, Map<String, DestinationSummary> destinations) {
        Status status = new Status(database);
        List<Row> failed = status.of(items.stream()
                .map(AttentionItem::deliveryId)
                .filter(id -> id != null)
                .toList());
        Map<String, Row> waiting = new HashMap<>();
        items.stream()
                .filter(item -> item.deliveryId() == null && destinations.containsKey(item.subject()))
                .forEach(item -> status.nextWaiting(item.subject()).ifPresent(row -> waiting.put(item.subject(), row)));
        List<OfDelivery> explained = new Explanations(database, Clock.systemUTC())
                .of(Stream.concat(failed.stream(), waiting.values().stream()).toList(), destinations);
        List<Map<String, Object>> shown = new ArrayList<>();
        for (AttentionItem item : items) {
            Map<String, Object> fields = ExplanationJson.attention(item);
            fields.put("meaning", item.cause().meaning());
            fields.put("example", example(item, waiting, explained).orElse(null));
            shown.add(fields);
        }
        return shown;
    }

    private static Optional<Map<String, Object>> example(
            AttentionItem item, Map<String, Row> waiting, List<OfDelivery> explained) {
        return explained.stream()
                .filter(delivery -> item.deliveryId() == null
                        ? delivery.row().equals(waiting.get(item.subject()))
                        : delivery.row().deliveryId().equals(item.deliveryId()))
                .findFirst()
                .map(delivery -> {
                    Map<String, Object> fields = ExplanationJson.delivery(delivery);
                    fields.put("export_id", delivery.row().exportId());
                    // The text of the item mostly has it.
                    fields.put("reason", item.text().contains(delivery.reason()) ? "" : delivery.reason());
                    return fields;
                });
    }
}
