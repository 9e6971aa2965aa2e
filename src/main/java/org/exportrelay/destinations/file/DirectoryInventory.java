package org.exportrelay.destinations.file;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Consumer;
import org.exportrelay.destinations.Inventory;
import org.exportrelay.destinations.ListedFile;

/** The directories of this machine. A checksum costs reading the file. */
final class DirectoryInventory implements Inventory {

    private static final String ROOT = "file:";
    private static final int BUFFER = 64 * 1024;

    @Override
    public String root() {
        return ROOT;
    }

    @Override
    public void list(String directory, Consumer<ListedFile> files) throws IOException {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(path(directory))) {
            for (Path entry : entries) {
                size(entry).ifPresent(size -> files.accept(new ListedFile(directory + entry.getFileName(), size)));
            }
        } catch (NoSuchFileException e) {
            // Then it has no files.
        }
    }

    /** Empty for a directory, and for a file that was removed meanwhile. */
    private static Optional<Long> size(Path entry) throws IOException {
        try {
            BasicFileAttributes attributes = Files.readAttributes(entry, BasicFileAttributes.class);
            return attributes.isDirectory() ? Optional.empty() : Optional.of(attributes.size());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    @Override
    public Optional<String> sha256(String location) throws IOException {
        MessageDigest digest = newDigest();
        byte[] buffer = new byte[BUFFER];
        try (InputStream in = Files.newInputStream(path(location))) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
        }
        return Optional.of(HexFormat.of().formatHex(digest.digest()));
    }

    private static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    private static Path path(String location) {
        return Path.of(location.substring(ROOT.length()));
    }

    @Override
    public void close() {
        // Nothing is kept open.
    }
}
