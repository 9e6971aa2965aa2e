package org.exportrelay.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import org.exportrelay.api.RejectedEntry;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.json.DestinationJson;
import org.exportrelay.json.ExplanationJson;
import org.exportrelay.json.ExportJson;
import org.exportrelay.json.JsonInstant;
import org.exportrelay.ledger.AttentionItem;
import org.exportrelay.ledger.DestinationSummary;
import org.exportrelay.ledger.ExpectationResult;
import org.exportrelay.ledger.Overview;
import org.exportrelay.ledger.Status;
import org.exportrelay.ledger.Status.Row;

/** Writes the rows, which come ordered, as nested objects without keeping them. */
final class StatusJson {

    private final JsonGenerator json;
    private String export;
    private Long file;

    /**
     * @param json of a mapper
     */
    StatusJson(JsonGenerator json) {
        this.json = json;
    }

    void write(Overview overview, Status status, Status.Choice choice) throws IOException {
        json.writeStartObject();
        json.writeArrayFieldStart("attention");
        for (AttentionItem item : overview.attention()) {
            json.writeObject(ExplanationJson.attention(item));
        }
        json.writeEndArray();
        json.writeStringField(
                "relay_seen_at", JsonInstant.millis(overview.activity().seenAt()));
        json.writeStringField(
                "next_poll_at",
                JsonInstant.millis(overview.activity().nextPoll().orElse(null)));
        json.writeObjectFieldStart("totals");
        for (Map.Entry<DeliveryState, Long> total : overview.totals().entrySet()) {
            json.writeNumberField(total.getKey().text(), total.getValue());
        }
        json.writeEndObject();
        json.writeArrayFieldStart("destinations");
        for (DestinationSummary destination : overview.destinations()) {
            json.writeObject(DestinationJson.fields(
                    destination, Optional.ofNullable(overview.expiring().get(destination.name()))));
        }
        json.writeEndArray();
        json.writeArrayFieldStart("expectations");
        for (ExpectationResult expectation : overview.expectations()) {
            json.writeObject(DestinationJson.expectation(expectation));
        }
        json.writeEndArray();
        json.writeArrayFieldStart("exports");
        if (choice.isAll()) {
            status.forEach(this::unchecked);
        } else {
            status.forEach(choice, this::unchecked);
        }
        endExport();
        json.writeEndArray();
        json.writeArrayFieldStart("rejected");
        for (RejectedEntry entry : status.rejected()) {
            json.writeStartObject();
            json.writeStringField("export_id", entry.exportId());
            json.writeStringField("reason", entry.reason());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private void unchecked(Row row) {
        try {
            row(row);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void row(Row row) throws IOException {
        if (!row.exportId().equals(export)) {
            endExport();
            startExport(row);
        }
        if (row.fileId() != null && !row.fileId().equals(file)) {
            endFile();
            startFile(row);
        }
        if (row.destination() != null) {
            json.writeObject(ExportJson.delivery(row));
        }
    }

    private void startExport(Row row) throws IOException {
        export = row.exportId();
        json.writeStartObject();
        fields(ExportJson.export(row));
        json.writeArrayFieldStart("files");
    }

    private void startFile(Row row) throws IOException {
        file = row.fileId();
        json.writeStartObject();
        fields(ExportJson.file(row));
        json.writeArrayFieldStart("deliveries");
    }

    private void fields(Map<String, Object> fields) throws IOException {
        for (Map.Entry<String, Object> field : fields.entrySet()) {
            json.writeObjectField(field.getKey(), field.getValue());
        }
    }

    private void endFile() throws IOException {
        if (file != null) {
            json.writeEndArray();
            json.writeEndObject();
            file = null;
        }
    }

    private void endExport() throws IOException {
        endFile();
        if (export != null) {
            json.writeEndArray();
            json.writeEndObject();
            export = null;
        }
    }
}
