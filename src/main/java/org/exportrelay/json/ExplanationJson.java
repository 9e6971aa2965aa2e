package org.exportrelay.json;

import java.util.LinkedHashMap;
import java.util.Map;
import org.exportrelay.ledger.AttentionItem;
import org.exportrelay.ledger.EventJson;
import org.exportrelay.ledger.Explanation;
import org.exportrelay.ledger.Explanation.Note;
import org.exportrelay.ledger.Explanation.OfDelivery;
import org.exportrelay.ledger.Status.Row;

/** Explanations, and what needs an operator; docs/operating.md lists the fields. */
public final class ExplanationJson {

    private ExplanationJson() {}

    /** An export, with what is known of its deliveries and what happened. */
    public static Map<String, Object> fields(Explanation explanation) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("export_id", explanation.exportId());
        fields.put("name", explanation.exportName());
        fields.put(
                "notes", explanation.notes().stream().map(ExplanationJson::note).toList());
        fields.put(
                "deliveries",
                explanation.deliveries().stream().map(ExplanationJson::delivery).toList());
        fields.put(
                "events", explanation.events().stream().map(EventJson::columns).toList());
        return fields;
    }

    private static Map<String, Object> note(Note note) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("cause", note.cause().text());
        fields.put("meaning", note.cause().meaning());
        fields.put("reason", note.text());
        fields.put("action", note.cause().action());
        return fields;
    }

    /** A delivery and what follows. */
    public static Map<String, Object> delivery(OfDelivery delivery) {
        Row row = delivery.row();
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("delivery_id", row.deliveryId());
        fields.put("destination", row.destination());
        fields.put("file_id", row.fileId());
        ExportJson.putContent(fields, row);
        ExportJson.putDelivered(fields, row);
        fields.put("state", row.state().text());
        fields.put("attempts", row.attempts());
        fields.put("replays", row.replays());
        fields.put("finished_at", JsonInstant.exact(row.finishedAt()));
        fields.put("next_attempt_at", row.state().isFinal() ? null : JsonInstant.exact(row.nextAttemptAt()));
        fields.put("expires_at", JsonInstant.exact(row.expiresAt()));
        fields.put("location", row.location());
        fields.put("instance", row.madeBy());
        fields.put("route_digest", row.routeDigest());
        fields.put("cause", delivery.cause().text());
        fields.put("meaning", delivery.cause().meaning());
        fields.put("reason", delivery.reason());
        fields.put("next", delivery.next());
        fields.put("loss", delivery.loss());
        fields.put("action", delivery.action());
        return fields;
    }

    /** Something that needs an operator. */
    public static Map<String, Object> attention(AttentionItem item) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("cause", item.cause().text());
        fields.put("subject", item.subject());
        fields.put("since", JsonInstant.millis(item.since()));
        fields.put("text", item.text());
        fields.put("action", item.action());
        return fields;
    }
}
