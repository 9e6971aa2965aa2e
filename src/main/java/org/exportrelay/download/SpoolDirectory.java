package org.exportrelay.download;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.exportrelay.delivery.Delivery;
import org.exportrelay.delivery.FailureReason;
import org.exportrelay.log.LogEvent;
import org.jboss.logging.Logger;

/**
 * The spool on disk. Names are the ledger's numbers, so that no text of the API becomes part of a path; a file without
 * {@code .part} is complete and verified. Thread-safe.
 *
 * @param path of the directory
 */
record SpoolDirectory(Path path) {

    private static final Logger LOG = Logger.getLogger(SpoolDirectory.class);

    /** Where the complete file is, or will be. */
    Path complete(long fileId) {
        return path.resolve(Long.toString(fileId));
    }

    /** Where a file is while it is downloaded. */
    Path partial(long fileId) {
        return path.resolve(fileId + ".part");
    }

    /** Where an attempt of a delivery has a copy of its file in another form. */
    Path copy(Delivery delivery) {
        return path.resolve(delivery.deliveryId() + "." + delivery.claims() + ".copy");
    }

    /** Gives a verified download its final name, in one step. */
    long complete(PartialFile verified) throws IOException {
        Path complete = complete(verified.file().fileId());
        Files.move(verified.path(), complete, StandardCopyOption.ATOMIC_MOVE);
        return Files.size(complete);
    }

    void delete(long fileId) {
        delete(partial(fileId));
        deleteComplete(fileId);
    }

    void deleteComplete(long fileId) {
        delete(complete(fileId));
    }

    /** Bytes that this process may still write to the disk; 0 also if that cannot be read. */
    long usableSpace() {
        return path.toFile().getUsableSpace();
    }

    /** Whether the directory is proven not to exist; false also if that cannot be found out. */
    boolean isMissing() {
        return Files.notExists(path);
    }

    /**
     * Whether a complete file is proven not to exist. Any other error, such as of a network file system that is away, or a
     * directory that is missing itself, proves nothing.
     */
    boolean isMissing(long fileId) {
        return Files.notExists(complete(fileId)) && Files.isDirectory(path);
    }

    /**
     * Creates the directory again if it is missing.
     *
     * @return why it cannot be used; empty if it can
     */
    Optional<String> problem() {
        try {
            if (isMissing()) {
                Files.createDirectories(path);
            }
            if (!Files.readAttributes(path, BasicFileAttributes.class).isDirectory()) {
                return Optional.of(path + " is not a directory");
            }
            return Files.isWritable(path) ? Optional.empty() : Optional.of("this user may not write to it");
        } catch (FileAlreadyExistsException e) {
            return Optional.of(e.getFile() + " is not a directory");
        } catch (IOException e) {
            return Optional.of(FailureReason.of(e));
        }
    }

    /**
     * Why a complete file cannot be read.
     *
     * @return empty if it can
     */
    Optional<String> unreadable(long fileId) {
        try (InputStream file = Files.newInputStream(complete(fileId))) {
            file.read();
            return Optional.empty();
        } catch (IOException e) {
            return Optional.of(FailureReason.of(e));
        }
    }

    /**
     * Creates the directory if needed and finds the complete files in it.
     *
     * @return their sizes in bytes, by file
     * @throws IOException if it cannot be created or read
     */
    Map<Long, Long> open() throws IOException {
        Files.createDirectories(path);
        Map<Long, Long> complete = new HashMap<>();
        for (Path file : list()) {
            String name = file.getFileName().toString();
            if (name.matches("\\d{1,18}")) {
                complete.put(Long.valueOf(name), Files.size(file));
            }
        }
        return complete;
    }

    /** Deletes everything but some complete files. */
    void deleteAllBut(Set<Long> fileIds) throws IOException {
        List<Path> kept = fileIds.stream().map(this::complete).toList();
        for (Path file : list()) {
            if (!kept.contains(file)) {
                Files.delete(file);
            }
        }
    }

    private List<Path> list() throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(path)) {
            files.forEach(found::add);
        }
        return found;
    }

    void delete(Path file) {
        try {
            Files.delete(file);
        } catch (NoSuchFileException alreadyDeleted) {
            // As intended.
        } catch (IOException e) {
            if (!Files.isDirectory(path)) {
                // Downloads have logged that it cannot be used.
                return;
            }
            LogEvent.SPOOL_FILE_UNDELETABLE
                    .on(LOG)
                    .warnf("spool: %s cannot be deleted (%s); the next start deletes it", file, e);
        }
    }
}
