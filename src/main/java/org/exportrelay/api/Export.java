package org.exportrelay.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * One export as the API lists it. Source: the list-exports reference; fields that it does not document
 * are ignored.
 *
 * @param exportId never null; a UUID in the API's examples, opaque to the relay
 * @param status {@code pending}, {@code processing}, {@code completed}, {@code failed}
 * @param name such as {@code properties_export}; may be null
 * @param progress 0 to 100; may be null
 * @param progressStage such as {@code Complete}; may be null
 * @param recordCount records over all files; null until complete
 * @param fileSize bytes over all files; null until complete
 * @param downloadUrls null until complete and again once expired
 * @param createdAt null only if the API breaks its own documentation
 * @param updatedAt null only if the API breaks its own documentation
 * @param expiresAt when the download URLs end; null only if the API breaks its own documentation
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

    private static final String FAILED = "failed";

    /** A status that is not documented may stand for anything, also for files that are ready. */
    static final List<String> STATUSES = List.of("pending", "processing", COMPLETED, FAILED);

    private static final Instant LATEST = Instant.parse("9999-12-31T00:00:00Z");
    private static final int LONGEST_ID = 100;
    static final int LONGEST_TEXT = 1000;
    /** An export has at most a million records, so that 100 records a file are enough. */
    private static final int MOST_FILES = 10_000;

    private static final Set<Byte> UNPRINTABLE = Set.of(
            Character.CONTROL,
            Character.FORMAT,
            Character.SURROGATE,
            Character.LINE_SEPARATOR,
            Character.PARAGRAPH_SEPARATOR);

    /**
     * @throws IllegalArgumentException if a field that every delivery needs is missing or cannot be stored
     */
    public Export {
        if (exportId == null || exportId.isBlank()) {
            throw new IllegalArgumentException("it has no export_id");
        }
        if (exportId.length() > LONGEST_ID) {
            throw new IllegalArgumentException("its export_id is longer than " + LONGEST_ID + " characters");
        }
        if (!isPrintable(exportId) || exportId.matches("\\.+")) {
            throw new IllegalArgumentException("its export_id holds control characters or is nothing but dots");
        }
        if (status == null) {
            throw new IllegalArgumentException("it has no status");
        }
        if (Stream.of(exportId, status, name, progressStage).anyMatch(text -> text != null && !isStorable(text))) {
            throw new IllegalArgumentException("one of its texts holds the character NUL or half a character");
        }
        if (Stream.of(status, name, progressStage).anyMatch(text -> text != null && text.length() > LONGEST_TEXT)) {
            throw new IllegalArgumentException("one of its texts is longer than " + LONGEST_TEXT + " characters");
        }
        if (!STATUSES.contains(status)) {
            throw new IllegalArgumentException(
                    "its status is " + named(status) + ", not one of " + String.join(", ", STATUSES));
        }
        if (downloadUrls != null && downloadUrls.size() > MOST_FILES) {
            throw new IllegalArgumentException("it has more than " + MOST_FILES + " files, the limit of the relay");
        }
        if (Stream.of(createdAt, updatedAt, expiresAt).anyMatch(Export::isBeyondReason)) {
            throw new IllegalArgumentException("one of its times is not between the years 1970 and 9999");
        }
        downloadUrls = downloadUrls == null ? null : List.copyOf(downloadUrls);
    }

    /** A single word, or no text at all: any other text might be a credential. */
    private static String named(String status) {
        return status.matches("[-\\w]{1,40}") ? status : "a text of " + status.length() + " characters";
    }

    /** Whether it ends no line, moves no cursor and changes no direction of writing, in a log or a path. */
    private static boolean isPrintable(String id) {
        return id.codePoints().mapToObj(Character::getType).noneMatch(type -> UNPRINTABLE.contains(type.byteValue()));
    }

    /** Whether databases accept it: PostgreSQL has no NUL, and no database has half a surrogate pair. */
    static boolean isStorable(String text) {
        return text.indexOf('\0') < 0 && StandardCharsets.UTF_8.newEncoder().canEncode(text);
    }

    private static boolean isBeyondReason(Instant time) {
        return time != null && (time.isBefore(Instant.EPOCH) || time.isAfter(LATEST));
    }

    /** Whether the vendor could not produce it. */
    public boolean isFailed() {
        return FAILED.equals(status);
    }

    /** Whether its files are ready, or have been: the only exports the relay moves. */
    public boolean isCompleted() {
        return COMPLETED.equals(status);
    }

    /**
     * Whether its files are ready and not expired, but have no URLs: the API then lists them later.
     *
     * @param now by the API's clock
     */
    public boolean awaitsUrls(Instant now) {
        return isCompleted() && files().isEmpty() && (expiresAt == null || expiresAt.isAfter(now));
    }

    /** Its files; empty while there are none to download, before completion or after expiry. */
    public List<DownloadUrl> files() {
        return downloadUrls == null ? List.of() : downloadUrls;
    }
}
