package org.exportrelay.destinations.file;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.camel.Exchange;
import org.apache.camel.component.file.FileOperations;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.apache.camel.component.file.GenericFileProducer;
import org.exportrelay.destinations.Attempt;
import org.exportrelay.destinations.FileClaim;
import org.exportrelay.destinations.StaleTempFiles;

/**
 * Camel's producer, and in addition, for a delivery: the file is on disk before it is renamed, and its name before the
 * ledger records the delivery, so that both survive a power failure; temporary files do not stay behind, neither its own
 * after a failure nor those of earlier attempts; its name is claimed before anything is written. Thread-safe.
 */
final class DurableFileProducer extends GenericFileProducer<File> {

    private final DurableFileEndpoint endpoint;
    private final StaleTempFiles staleFiles = new StaleTempFiles();

    DurableFileProducer(DurableFileEndpoint endpoint, FileOperations operations) {
        super(endpoint, operations);
        this.endpoint = endpoint;
    }

    @Override
    protected void processExchange(Exchange exchange, String target) throws Exception {
        LocalPath.requireUsable(target);
        String location = LocalPath.location(target);
        FileClaim claim = new FileClaim(exchange, endpoint.getFileExist());
        claim.claim(location, () -> Files.exists(Path.of(target), LinkOption.NOFOLLOW_LINKS));
        Optional<Attempt> attempt = Attempt.of(exchange);
        if (attempt.isPresent()) {
            writeDurably(exchange, target, attempt.get());
        } else {
            super.processExchange(exchange, target);
        }
        claim.written(location);
    }

    private void writeDurably(Exchange exchange, String target, Attempt attempt) throws Exception {
        String temporary = createTempFileName(exchange, target);
        staleFiles
                .of(temporary.replace(File.separatorChar, '/'), attempt, DurableFileProducer::hidden)
                .forEach(DurableFileProducer::remove);
        try {
            super.processExchange(exchange, target);
        } catch (Exception e) {
            if (!remove(temporary)) {
                staleFiles.forget();
            }
            throw e;
        }
        forceDirectory(Path.of(target).toAbsolutePath().getParent());
    }

    /** Camel's {@code forceWrites} only writes to the operating system's cache. */
    @Override
    public void writeFile(Exchange exchange, String name) {
        super.writeFile(exchange, name);
        if (endpoint.isForceWrites() && Attempt.of(exchange).isPresent()) {
            force(Path.of(name));
        }
    }

    private static void force(Path file) {
        // The chmod option may have made it unwritable.
        StandardOpenOption access = Files.isWritable(file) ? StandardOpenOption.WRITE : StandardOpenOption.READ;
        try (FileChannel written = FileChannel.open(file, access)) {
            written.force(true);
        } catch (IOException e) {
            throw new GenericFileOperationFailedException("Cannot write to disk: " + file, e);
        }
    }

    private void forceDirectory(Path directory) {
        if (!endpoint.isForceWrites()) {
            return;
        }
        try (FileChannel renamed = FileChannel.open(directory, StandardOpenOption.READ)) {
            renamed.force(true);
        } catch (IOException e) {
            // Not every system lets a directory be opened; there the file system alone is responsible for the name.
        }
    }

    private static Optional<Stream<String>> hidden(String directory) {
        try (Stream<Path> files = Files.list(Path.of(directory))) {
            return Optional.of(
                    files
                            .map(file -> file.getFileName().toString())
                            .filter(name -> name.startsWith("."))
                            .toList()
                            .stream());
        } catch (IOException | UncheckedIOException e) {
            // Not there yet, or not for reading.
            return Optional.empty();
        }
    }

    /** Whether the file is gone; otherwise the next attempt removes it. */
    private static boolean remove(String temporary) {
        try {
            Files.deleteIfExists(Path.of(temporary));
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
