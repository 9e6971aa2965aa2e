package org.exportrelay.json;

import java.util.LinkedHashMap;
import java.util.Map;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.ledger.Status.Row;

/** The fields of an export, of its files and of their deliveries; docs/operating.md lists them. */
public final class ExportJson {

    private ExportJson() {}

    /** An export without its files. */
    public static Map<String, Object> export(Row row) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("export_id", row.exportId());
        fields.put("status", row.status());
        fields.put("name", row.name());
        fields.put("progress", row.progress());
        fields.put("progress_stage", row.progressStage());
        fields.put("record_count", row.recordCount());
        fields.put("file_size", row.fileSize());
        fields.put("created_at", JsonInstant.millis(row.createdAt()));
        fields.put("updated_at", JsonInstant.millis(row.updatedAt()));
        fields.put("expires_at", JsonInstant.millis(row.expiresAt()));
        return fields;
    }

    /** A file without its deliveries. */
    public static Map<String, Object> file(Row row) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("filename", row.filename());
        fields.put("size", row.size());
        fields.put("sha256", row.sha256());
        return fields;
    }

    /** What a delivery brings: its file, or a manifest, of which the size and the checksum are known when it is delivered. */
    public static void putContent(Map<String, Object> fields, Row row) {
        fields.put("filename", row.listedName());
        fields.put("unique_name", row.uniqueName());
        fields.put("size", row.isManifest() ? null : row.size());
        fields.put("sha256", row.isManifest() ? null : row.sha256());
    }

    /** Only where the destination has received the file in another form. */
    static void putDelivered(Map<String, Object> fields, Row row) {
        if (row.deliveredSha256() != null && row.state() == DeliveryState.DELIVERED) {
            fields.put("delivered_size", row.deliveredSize());
            fields.put("delivered_sha256", row.deliveredSha256());
        }
    }

    /** A delivery. */
    public static Map<String, Object> delivery(Row row) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("destination", row.destination());
        fields.put("state", row.state().text());
        fields.put("attempts", row.attempts());
        fields.put("error", row.error());
        fields.put(
                "delivered_at", row.state() == DeliveryState.DELIVERED ? JsonInstant.millis(row.finishedAt()) : null);
        fields.put("delivery_id", row.deliveryId());
        fields.put("next_attempt_at", row.state().isFinal() ? null : JsonInstant.millis(row.nextAttemptAt()));
        fields.put("expires_at", row.isExpiring() ? JsonInstant.millis(row.urlsExpireAt()) : null);
        putDelivered(fields, row);
        return fields;
    }
}
