package org.exportrelay.delivery;

import java.time.Instant;
import java.util.List;

/**
 * An export of which files are waited for.
 *
 * @param files those that must be fetched, 1 or more
 * @param recordsElsewhere counted in its other files before; null if one was never counted
 * @param isForWorking whether a destination waits for it that is neither down nor held
 */
public record DueExport(List<ExportFile> files, Long recordsElsewhere, boolean isForWorking) {

    public DueExport {
        files = List.copyOf(files);
    }

    /** Of the export. */
    public String exportId() {
        return files.get(0).exportId();
    }

    /** Until when it can be downloaded; null for any time. */
    public Instant expiresAt() {
        return files.get(0).expiresAt();
    }

    /** Of the files. */
    public List<Long> fileIds() {
        return files.stream().map(ExportFile::fileId).toList();
    }
}
