package org.exportrelay.component;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import org.exportrelay.api.SignedUrl;
import org.exportrelay.delivery.ExportFile;

/** The body of {@code payload=link}: one download, under the API's own field names. */
@JsonPropertyOrder({
    "export_id",
    "name",
    "filename",
    "url",
    "size",
    "record_count",
    "created_at",
    "updated_at",
    "expires_at"
})
record LinkMessage(
        @JsonProperty("export_id") String exportId,
        String name,
        String filename,
        String url,
        Long size,
        @JsonProperty("record_count") Long recordCount,
        @JsonProperty("created_at") String createdAt,
        @JsonProperty("updated_at") String updatedAt,
        @JsonProperty("expires_at") String expiresAt) {

    static LinkMessage of(ExportFile file, SignedUrl url) {
        return new LinkMessage(
                file.exportId(),
                file.exportName(),
                file.filename(),
                url.url().text(),
                file.size(),
                file.recordCount(),
                ExportHeaders.text(file.createdAt()),
                ExportHeaders.text(file.updatedAt()),
                ExportHeaders.text(file.expiresAt()));
    }

    /** Without the URL, which is a credential. */
    @Override
    public String toString() {
        return "LinkMessage[exportId=" + exportId + ", filename=" + filename + "]";
    }
}
