package org.exportrelay.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.exportrelay.ledger.EventJson;
import org.exportrelay.ledger.Explanation;
import org.exportrelay.ledger.Explanation.Note;
import org.exportrelay.ledger.Explanation.OfDelivery;
import org.exportrelay.ledger.Status.Row;

/** An explanation for programs: an object in one line, whose fields docs/operating.md lists. */
final class ExplainJson {

    private final JsonMapper mapper = JsonLines.mapper();

    String line(Explanation explanation) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("export_id", explanation.exportId());
        line.put("name", explanation.exportName());
        line.put("notes", explanation.notes().stream().map(ExplainJson::note).toList());
        line.put(
                "deliveries",
                explanation.deliveries().stream().map(ExplainJson::delivery).toList());
        line.put("events", explanation.events().stream().map(EventJson::columns).toList());
        try {
            return mapper.writeValueAsString(line);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, Object> note(Note note) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("cause", note.cause().text());
        fields.put("meaning", note.cause().meaning());
        fields.put("reason", note.text());
        fields.put("action", note.cause().action());
        return fields;
    }

    private static Map<String, Object> delivery(OfDelivery delivery) {
        Row row = delivery.row();
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("delivery_id", row.deliveryId());
        fields.put("destination", row.destination());
        fields.put("file_id", row.fileId());
        fields.put("filename", row.filename());
        fields.put("unique_name", row.uniqueName());
        fields.put("size", row.size());
        fields.put("sha256", row.sha256());
        fields.put("state", row.state().text());
        fields.put("attempts", row.attempts());
        fields.put("replays", row.replays());
        fields.put("finished_at", text(row.finishedAt()));
        fields.put("next_attempt_at", row.state().isFinal() ? null : text(row.nextAttemptAt()));
        fields.put("expires_at", text(row.expiresAt()));
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

    private static String text(Instant at) {
        return at == null ? null : at.toString();
    }
}
