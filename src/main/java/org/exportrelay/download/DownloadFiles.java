package org.exportrelay.download;

import java.io.IOException;
import java.util.List;
import org.exportrelay.delivery.ExportFile;

/**
 * The files of downloads, from the claim until the ledger has recorded how the download ended. Thread-safe.
 *
 * @param entries what is known of them
 * @param directory where they are
 */
record DownloadFiles(SpoolEntries entries, SpoolDirectory directory) {

    /** Claims files that can never fit, and are refused without a download. */
    void claim(List<ExportFile> files) {
        files.forEach(file -> entries.claim(file.fileId()));
    }

    /** The download of a file, as far as it has come. */
    PartialFile partial(ExportFile file) {
        return entries.partial(file.fileId(), () -> new PartialFile(file, directory.partial(file.fileId())));
    }

    /** A download is verified: from now on it has its final name. */
    void complete(ExportFile file) throws IOException {
        synchronized (entries) {
            entries.complete(file.fileId(), directory.complete(partial(file)));
        }
    }

    /** Downloads have ended for now: what has arrived stays, and the next attempt of this process resumes there. */
    void suspend(List<ExportFile> files) {
        synchronized (entries) {
            for (ExportFile file : files) {
                long arrived =
                        entries.partial(file.fileId()).map(PartialFile::arrived).orElse(0L);
                if (arrived == 0) {
                    delete(file.fileId());
                } else {
                    entries.resize(file.fileId(), arrived);
                }
            }
        }
    }

    /** Deletes the partial and complete downloads of files; they stay claimed. */
    void discard(List<ExportFile> files) {
        files.forEach(file -> delete(file.fileId()));
    }

    /** The ledger has recorded how the downloads ended, or never knew of them: they are no longer claimed here. */
    void release(List<ExportFile> files) {
        files.forEach(file -> entries.unclaim(file.fileId()));
    }

    /** Deletes partial downloads that no delivery waits for any more, except those that are claimed again. */
    void deletePartial(List<Long> fileIds) {
        synchronized (entries) {
            fileIds.stream()
                    .filter(fileId -> !entries.isClaimed(fileId)
                            && entries.partial(fileId).isPresent())
                    .forEach(this::delete);
        }
    }

    private void delete(long fileId) {
        synchronized (entries) {
            directory.delete(fileId);
            entries.forget(fileId);
        }
    }
}
