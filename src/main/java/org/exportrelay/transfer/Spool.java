package org.exportrelay.transfer;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.exportrelay.ledger.DataDirectory;
import org.exportrelay.ledger.DownloadQueue;
import org.exportrelay.ledger.ExportFile;
import org.jboss.logging.Logger;

/**
 * Where downloaded files lie until their last destination is done. Names are the ledger's numbers,
 * so that nothing the API says becomes part of a path; a file without {@code .part} is complete and
 * verified. Thread-safe.
 */
@Singleton
public class Spool {

    private static final Logger LOG = Logger.getLogger(Spool.class);

    private final Path directory;
    private final DownloadQueue queue;

    @Inject
    Spool(DataDirectory dataDirectory, DownloadQueue queue) {
        this.directory = dataDirectory.spool();
        this.queue = queue;
    }

    /**
     * Brings directory and ledger together after a start: files that are in one but not in the other
     * are deleted or fetched again.
     *
     * @throws IOException if the directory cannot be made or read
     */
    void recover() throws IOException {
        Files.createDirectories(directory);
        Set<Path> expected = new HashSet<>();
        for (long fileId : queue.takeOver()) {
            if (Files.exists(complete(fileId)) && !queue.releaseIfDone(fileId)) {
                expected.add(complete(fileId));
            } else {
                queue.missing(fileId);
            }
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            for (Path file : files) {
                if (!expected.contains(file)) {
                    Files.delete(file);
                }
            }
        }
    }

    /** The complete and verified file; it may be missing if someone deleted it. */
    public Path complete(long fileId) {
        return directory.resolve(Long.toString(fileId));
    }

    /** Where a file is downloaded to. */
    Path partial(long fileId) {
        return directory.resolve(fileId + ".part");
    }

    /** Forgets partial and complete downloads of files. */
    void discard(List<ExportFile> files) {
        files.forEach(file -> {
            delete(partial(file.fileId()));
            delete(complete(file.fileId()));
        });
    }

    /** Deletes a file if its last delivery is done. */
    public void releaseIfDone(long fileId) {
        if (queue.releaseIfDone(fileId)) {
            delete(complete(fileId));
        }
    }

    /** The file turned out to be gone: it is fetched again. */
    public void lost(long fileId) {
        queue.missing(fileId);
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (NoSuchFileException alreadyGone) {
            // What was wanted.
        } catch (IOException e) {
            LOG.warnf("spool: %s cannot be deleted (%s); the next start tries again", file, e);
        }
    }
}
