package org.exportrelay.destinations;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;

/**
 * What probes write. An empty or tiny file proves little: file systems keep it with its name, and find room for it on a
 * disk that is full.
 */
public final class TestFile {

    /** How the name of a test file begins. */
    public static final String PREFIX = ".export-relay-check-";

    private static final int BYTES = 1 << 20;

    private TestFile() {}

    /** A mebibyte that no file system can compress. */
    public static byte[] content() {
        byte[] content = new byte[BYTES];
        new Random().nextBytes(content);
        return content;
    }

    /**
     * Writes a hidden file to the disk, not only to the operating system's cache, and removes it in any case.
     *
     * @param directory created if it does not exist
     */
    public static void writeAndRemove(Path directory) throws IOException {
        Files.createDirectories(directory);
        Path file = Files.createTempFile(directory, PREFIX, "");
        try (FileChannel written = FileChannel.open(file, StandardOpenOption.WRITE)) {
            ByteBuffer content = ByteBuffer.wrap(content());
            while (content.hasRemaining()) {
                written.write(content);
            }
            written.force(true);
        } finally {
            Files.deleteIfExists(file);
        }
    }
}
