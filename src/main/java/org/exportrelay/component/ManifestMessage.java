package org.exportrelay.component;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import java.util.List;

/**
 * The body of {@code payload=manifest}: what a destination has received of an export. What is not known is absent.
 *
 * @param destination that has received the files
 * @param deliveredAt when the last of them was delivered
 * @param recordCount records of the export, as the API lists it
 * @param files those that were delivered
 * @param skipped names, as the API lists them, of the files that the destination's route has sent to no endpoint
 */
@JsonPropertyOrder({
    "export_id",
    "name",
    "destination",
    "created_at",
    "updated_at",
    "delivered_at",
    "record_count",
    "files",
    "skipped"
})
@JsonInclude(JsonInclude.Include.NON_NULL)
record ManifestMessage(
        @JsonProperty("export_id") String exportId,
        String name,
        String destination,
        @JsonProperty("created_at") String createdAt,
        @JsonProperty("updated_at") String updatedAt,
        @JsonProperty("delivered_at") String deliveredAt,
        @JsonProperty("record_count") Long recordCount,
        List<DeliveredFile> files,
        List<String> skipped) {

    /**
     * A file.
     *
     * @param name as the destination has it
     * @param filename as the API lists it
     * @param location where it is; absent if the destination has no files, or the relay does not know
     * @param size in bytes, as it was delivered
     * @param sha256 in lower-case hex, as it was delivered
     * @param records of a CSV file
     * @param sourceSize of the verified file; absent if that was delivered
     * @param sourceSha256 of the verified file; absent if that was delivered
     * @param deliveredAt when
     */
    @JsonPropertyOrder({
        "name",
        "filename",
        "location",
        "size",
        "sha256",
        "records",
        "source_size",
        "source_sha256",
        "delivered_at"
    })
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record DeliveredFile(
            String name,
            String filename,
            String location,
            Long size,
            String sha256,
            Long records,
            @JsonProperty("source_size") Long sourceSize,
            @JsonProperty("source_sha256") String sourceSha256,
            @JsonProperty("delivered_at") String deliveredAt) {}
}
