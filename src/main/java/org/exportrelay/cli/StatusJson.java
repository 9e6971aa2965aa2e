package org.exportrelay.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.Optional;
import org.exportrelay.api.RejectedEntry;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.ledger.AttentionItem;
import org.exportrelay.ledger.DestinationState;
import org.exportrelay.ledger.DestinationState.Outage;
import org.exportrelay.ledger.DestinationState.Pause;
import org.exportrelay.ledger.DestinationSummary;
import org.exportrelay.ledger.ExpectationResult;
import org.exportrelay.ledger.Overview;
import org.exportrelay.ledger.Progress.Risk;
import org.exportrelay.ledger.Status;
import org.exportrelay.ledger.Status.Row;

/** Writes the rows, which come ordered, as nested objects without keeping them. */
final class StatusJson {

    private static final DateTimeFormatter INSTANT =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private final JsonGenerator json;
    private String export;
    private Long file;

    StatusJson(JsonGenerator json) {
        this.json = json;
    }

    void write(Overview overview, Status status, Status.Choice choice) throws IOException {
        json.writeStartObject();
        json.writeArrayFieldStart("attention");
        for (AttentionItem item : overview.attention()) {
            attention(item);
        }
        json.writeEndArray();
        instant("relay_seen_at", overview.activity().seenAt());
        instant("next_poll_at", overview.activity().nextPoll().orElse(null));
        json.writeObjectFieldStart("totals");
        for (Map.Entry<DeliveryState, Long> total : overview.totals().entrySet()) {
            json.writeNumberField(total.getKey().text(), total.getValue());
        }
        json.writeEndObject();
        json.writeArrayFieldStart("destinations");
        for (DestinationSummary destination : overview.destinations()) {
            destination(destination, Optional.ofNullable(overview.expiring().get(destination.name())));
        }
        json.writeEndArray();
        json.writeArrayFieldStart("expectations");
        for (ExpectationResult expectation : overview.expectations()) {
            expectation(expectation);
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

    private void attention(AttentionItem item) throws IOException {
        json.writeStartObject();
        json.writeStringField("cause", item.cause().text());
        json.writeStringField("subject", item.subject());
        instant("since", item.since());
        json.writeStringField("text", item.text());
        json.writeStringField("action", item.action());
        json.writeEndObject();
    }

    private void destination(DestinationSummary destination, Optional<Risk> expiring) throws IOException {
        DestinationState state = destination.state();
        json.writeStartObject();
        json.writeStringField("destination", destination.name());
        json.writeBooleanField("up", state.outage().isEmpty());
        instant("down_since", state.outage().map(Outage::since).orElse(null));
        json.writeStringField("down_reason", state.outage().map(Outage::reason).orElse(null));
        instant("next_probe_at", state.outage().map(Outage::nextProbe).orElse(null));
        json.writeBooleanField("paused", state.pause().isPresent());
        instant("paused_since", state.pause().map(Pause::since).orElse(null));
        json.writeStringField("paused_by", state.pause().map(Pause::by).orElse(null));
        json.writeStringField("paused_note", state.pause().map(Pause::note).orElse(null));
        json.writeBooleanField("has_route", !destination.lacksRoute());
        instant("retired_at", state.retiredAt());
        number("delivered", destination.delivered());
        instant("last_delivered_at", destination.lastDelivered());
        number("waiting", destination.waiting());
        number("retrying", destination.retrying());
        instant("oldest_waiting_since", destination.oldestWaiting());
        number("parked", destination.parked());
        number("expired", destination.expired());
        number("expiring", expiring.map(Risk::deliveries).orElse(0L));
        instant("next_expiry_at", expiring.map(Risk::firstEnd).orElse(null));
        json.writeEndObject();
    }

    private void expectation(ExpectationResult result) throws IOException {
        json.writeStartObject();
        json.writeStringField("expectation", result.name());
        json.writeStringField("state", result.state());
        instant("deadline", result.deadline());
        json.writeNumberField("expected", result.expected());
        json.writeNumberField("delivered", result.delivered());
        instant("recorded_at", result.at());
        json.writeEndObject();
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
            delivery(row);
        }
    }

    private void startExport(Row row) throws IOException {
        export = row.exportId();
        json.writeStartObject();
        json.writeStringField("export_id", row.exportId());
        json.writeStringField("status", row.status());
        json.writeStringField("name", row.name());
        number("progress", row.progress());
        json.writeStringField("progress_stage", row.progressStage());
        number("record_count", row.recordCount());
        number("file_size", row.fileSize());
        instant("created_at", row.createdAt());
        instant("updated_at", row.updatedAt());
        instant("expires_at", row.expiresAt());
        json.writeArrayFieldStart("files");
    }

    private void startFile(Row row) throws IOException {
        file = row.fileId();
        json.writeStartObject();
        json.writeStringField("filename", row.filename());
        number("size", row.size());
        json.writeStringField("sha256", row.sha256());
        json.writeArrayFieldStart("deliveries");
    }

    private void delivery(Row row) throws IOException {
        json.writeStartObject();
        json.writeStringField("destination", row.destination());
        json.writeStringField("state", row.state().text());
        json.writeNumberField("attempts", row.attempts());
        json.writeStringField("error", row.error());
        instant("delivered_at", row.state() == DeliveryState.DELIVERED ? row.finishedAt() : null);
        json.writeStringField("delivery_id", row.deliveryId());
        instant("next_attempt_at", row.state().isFinal() ? null : row.nextAttemptAt());
        instant("expires_at", row.isExpiring() ? row.urlsExpireAt() : null);
        json.writeEndObject();
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

    private void number(String field, Long value) throws IOException {
        if (value == null) {
            json.writeNullField(field);
        } else {
            json.writeNumberField(field, value);
        }
    }

    private void instant(String field, Instant value) throws IOException {
        json.writeStringField(field, value == null ? null : INSTANT.format(value));
    }
}
