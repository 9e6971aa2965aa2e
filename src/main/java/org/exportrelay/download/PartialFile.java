package org.exportrelay.download;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.exportrelay.delivery.ExportFile;

/**
 * A download in the making: the bytes on disk, and what must still hold for more bytes to be appended
 * to them. It is known to this process only; the next one starts afresh. Used by one thread at a
 * time.
 */
final class PartialFile {

    private final ExportFile file;
    private final Path path;
    private String validator;
    private long total;
    private boolean complete;

    /**
     * @param file what is downloaded
     * @param path where to, in the spool
     */
    PartialFile(ExportFile file, Path path) {
        this.file = file;
        this.path = path;
        startAfresh();
    }

    ExportFile file() {
        return file;
    }

    Path path() {
        return path;
    }

    /** The strong ETag or the date of the object that the bytes belong to; null if nothing proves it. */
    String validator() {
        return validator;
    }

    /** Bytes of the whole object; -1 if the store did not say. */
    long total() {
        return total;
    }

    /** Bytes on disk; 0 if there is no file. */
    long bytes() throws IOException {
        return Files.exists(path) ? Files.size(path) : 0;
    }

    /** The same for room that is counted: 0 also if the size cannot be read. */
    long arrived() {
        try {
            return bytes();
        } catch (IOException unreadable) {
            return 0;
        }
    }

    /** Whether the object has come to its end; not whether it is what the API promised. */
    boolean isComplete() {
        return complete && Files.exists(path);
    }

    /** Whether what is on disk may be continued by bytes of the very same object. */
    boolean isResumable() throws IOException {
        return !complete && validator != null && total > 0 && bytes() > 0 && bytes() < total;
    }

    /** Nothing on disk counts any more: the next download replaces it. */
    void startAfresh() {
        begin(null, -1);
    }

    /** A whole object begins to come. */
    void begin(String newValidator, long newTotal) {
        validator = newValidator;
        total = newTotal;
        complete = false;
    }

    /** The object has come to its end. */
    void complete() {
        complete = true;
    }
}
