package org.exportrelay.sandbox;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * One export and its whole life, fixed when it is created: its state at any time depends on the time
 * alone, so no background thread is needed.
 *
 * @param id a UUID
 * @param name such as {@code properties_export}; may be null, as the API's documentation allows
 * @param createdAt when it becomes visible, as {@code pending}
 * @param startedAt when it becomes {@code processing}
 * @param finishedAt when it becomes {@code completed}, or {@code failed}
 * @param failed whether it ends as {@code failed}
 * @param expiresAt when its download URLs expire
 * @param files in the order of the download URLs
 */
public record SandboxExport(
        String id,
        String name,
        Instant createdAt,
        Instant startedAt,
        Instant finishedAt,
        boolean failed,
        Instant expiresAt,
        List<SandboxFile> files) {

    public SandboxExport {
        files = List.copyOf(files);
    }

    /** The state at a time that is not before {@link #createdAt}. */
    public ExportStatus status(Instant now) {
        if (now.isBefore(startedAt)) {
            return ExportStatus.PENDING;
        }
        if (now.isBefore(finishedAt)) {
            return ExportStatus.PROCESSING;
        }
        return failed ? ExportStatus.FAILED : ExportStatus.COMPLETED;
    }

    /** The sum over the files. */
    public int recordCount() {
        return files.stream().mapToInt(SandboxFile::records).sum();
    }

    /** Whether its files can be downloaded: completed and not expired. */
    boolean downloadable(Instant now) {
        return status(now) == ExportStatus.COMPLETED && now.isBefore(expiresAt);
    }

    boolean ofPeople() {
        return name != null && name.startsWith("people");
    }

    /** Percent, 0 to 100; null while pending. */
    Integer progress(Instant now) {
        return switch (status(now)) {
            case PENDING -> null;
            case PROCESSING -> share(now);
            case COMPLETED -> 100;
            case FAILED -> 63;
        };
    }

    /** For a human reader; null while pending. */
    String progressStage(Instant now) {
        return switch (status(now)) {
            case PENDING -> null;
            case PROCESSING -> share(now) < 70 ? collecting() : "Writing files";
            case COMPLETED -> "Complete";
            case FAILED -> "Failed";
        };
    }

    /** The last change that a caller could have seen; while processing that is once a second. */
    Instant updatedAt(Instant now) {
        return switch (status(now)) {
            case PENDING -> createdAt;
            case PROCESSING -> startedAt.plusSeconds(
                    Duration.between(startedAt, now).toSeconds());
            case COMPLETED, FAILED -> finishedAt;
        };
    }

    private String collecting() {
        return ofPeople() ? "Collecting people" : "Collecting properties";
    }

    private int share(Instant now) {
        long done = Duration.between(startedAt, now).toMillis();
        long all = Math.max(1, Duration.between(startedAt, finishedAt).toMillis());
        return (int) Math.min(99, 100 * done / all);
    }
}
