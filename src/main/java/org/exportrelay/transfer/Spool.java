package org.exportrelay.transfer;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.exportrelay.ledger.DataDirectory;
import org.exportrelay.ledger.DownloadQueue;
import org.exportrelay.ledger.ExportFile;
import org.exportrelay.ledger.LedgerDatabase;
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
    private final LedgerDatabase database;
    private final DownloadQueue queue;

    @Inject
    Spool(DataDirectory dataDirectory, LedgerDatabase database, DownloadQueue queue) {
        this.directory = dataDirectory.spool();
        this.database = database;
        this.queue = queue;
    }

    /**
     * Keeps what the last process left and is still waited for, and deletes everything else. Where
     * instances share a ledger nothing is kept: another one may have taken the files meanwhile.
     *
     * @throws IOException if the directory cannot be made or read
     */
    void recover() throws IOException {
        Files.createDirectories(directory);
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            files.forEach(found::add);
        }
        List<Long> complete = found.stream()
                .map(file -> file.getFileName().toString())
                .filter(name -> name.matches("\\d{1,18}"))
                .map(Long::valueOf)
                .toList();
        List<Long> kept = database.isExclusive() ? queue.takeOver(complete) : List.of();
        for (Path file : found) {
            if (kept.stream().map(this::complete).noneMatch(file::equals)) {
                Files.delete(file);
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
        if (queue.releaseDone(fileId)) {
            delete(complete(fileId));
        }
    }

    /** Deletes every file whose last delivery is done, in whatever way it ended. */
    public void releaseDone() {
        queue.releaseDone().forEach(fileId -> delete(complete(fileId)));
    }

    /** The file turned out to be gone: it is fetched again. */
    public void lost(long fileId) {
        queue.release(List.of(fileId));
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
