package org.exportrelay.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/**
 * One export as the API lists it. Source: the list-exports reference; fields it does not document
 * are ignored, and a {@code status} it does not document is kept as it is.
 *
 * @param exportId never null; a UUID in the API's examples, opaque to the relay
 * @param status {@code pending}, {@code processing}, {@code completed}, {@code failed}, or unknown
 * @param name such as {@code properties_export}; may be null
 * @param progress 0 to 100; may be null
 * @param progressStage such as {@code Complete}; may be null
 * @param recordCount records over all files; null until complete
 * @param fileSize bytes over all files; null until complete
 * @param downloadUrls null until complete and again once expired
 * @param createdAt may be null only if the API breaks its own documentation
 * @param updatedAt likewise
 * @param expiresAt likewise; when the download URLs end
 */
public record Export(
        @JsonProperty("export_id") String exportId,
        String status,
        String name,
        Integer progress,
        @JsonProperty("progress_stage") String progressStage,
        @JsonProperty("record_count") Long recordCount,
        @JsonProperty("file_size") Long fileSize,
        @JsonProperty("download_urls") List<DownloadUrl> downloadUrls,
        @JsonProperty("created_at") Instant createdAt,
        @JsonProperty("updated_at") Instant updatedAt,
        @JsonProperty("expires_at") Instant expiresAt) {

    /** The status of an export that has its files. */
    public static final String COMPLETED = "completed";

    private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");
    private static final int LONGEST_ID = 100;

    /**
     * @throws IllegalArgumentException if the entry lacks what nothing can be done without
     */
    public Export {
        if (exportId == null || exportId.isBlank()) {
            throw new IllegalArgumentException("it has no export_id");
        }
        if (exportId.length() > LONGEST_ID) {
            throw new IllegalArgumentException("its export_id is longer than " + LONGEST_ID + " characters");
        }
        if (status == null) {
            throw new IllegalArgumentException("it has no status");
        }
        if (Stream.of(exportId, status, name, progressStage)
                .anyMatch(text -> text != null && text.indexOf('\0') >= 0)) {
            throw new IllegalArgumentException("one of its texts holds the character NUL");
        }
        if (Stream.of(createdAt, updatedAt, expiresAt).anyMatch(Export::isBeyondReason)) {
            throw new IllegalArgumentException("one of its times is not between the years 1970 and 9999");
        }
        downloadUrls = downloadUrls == null ? null : List.copyOf(downloadUrls);
    }

    private static boolean isBeyondReason(Instant time) {
        return time != null && (time.isBefore(Instant.EPOCH) || time.isAfter(LATEST));
    }

    /** Whether its files are ready, or have been: the only exports the relay moves. */
    public boolean isCompleted() {
        return COMPLETED.equals(status);
    }

    /** Its files; empty while there are none to download, before completion or after expiry. */
    public List<DownloadUrl> files() {
        return downloadUrls == null ? List.of() : downloadUrls;
    }
}
