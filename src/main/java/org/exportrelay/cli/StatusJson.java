package org.exportrelay.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.json.DestinationJson;
import org.exportrelay.json.ExportJson;
import org.exportrelay.ledger.DestinationSummary;
import org.exportrelay.ledger.ExpectationResult;
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

    void write(
            Status status,
            Status.Choice choice,
            List<DestinationSummary> destinations,
            Collection<ExpectationResult> expectations)
            throws IOException {
        json.writeStartObject();
        json.writeObjectFieldStart("totals");
        for (Map.Entry<DeliveryState, Long> total : status.totals().entrySet()) {
            json.writeNumberField(total.getKey().text(), total.getValue());
        }
        json.writeEndObject();
        json.writeArrayFieldStart("destinations");
        for (DestinationSummary destination : destinations) {
            json.writeObject(DestinationJson.fields(destination));
        }
        json.writeEndArray();
        json.writeArrayFieldStart("expectations");
        for (ExpectationResult expectation : expectations) {
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
        for (var entry : status.rejected()) {
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
