package org.exportrelay.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;

/**
 * Looks into a destination's directory all the while, as the one does who waits for files there: what
 * is visible under a name that does not begin with a dot must be whole at every look. A file that has
 * not changed since the last look is not read again.
 */
public final class DirectoryWatch implements AutoCloseable {

    private static final long PERIOD_MILLIS = 5;

    private final Path directory;
    private final ExpectedFiles expected;
    private final Map<String, Version> seen = new HashMap<>();
    private final List<String> wrongs = new CopyOnWriteArrayList<>();
    private final Thread watcher = new Thread(this::watch, "directory-watch");
    private volatile long looks;
    private volatile boolean ended;

    /** Begins to watch. */
    public DirectoryWatch(Path directory, ExpectedFiles expected) {
        this.directory = directory;
        this.expected = expected;
        watcher.start();
    }

    /** Whatever was visible and not whole, or not to be there at all. */
    public List<String> wrongs() {
        return wrongs;
    }

    public long looks() {
        return looks;
    }

    /** Everything in a directory now, hidden files too; nothing if it does not exist. */
    public static List<String> names(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (NoSuchFileException notYet) {
            return List.of();
        } catch (IOException e) {
            throw new IllegalStateException(directory + " cannot be listed", e);
        }
    }

    private void watch() {
        try {
            while (!ended) {
                for (String name : names(directory)) {
                    if (!name.startsWith(".")) {
                        check(name);
                    }
                }
                looks++;
                Thread.sleep(PERIOD_MILLIS);
            }
        } catch (IOException | InterruptedException | RuntimeException e) {
            wrongs.add("the watch of " + directory + " ended: " + e);
        }
    }

    private void check(String name) throws IOException {
        Path file = directory.resolve(name);
        try {
            Version version = Version.of(file);
            if (version.equals(seen.put(name, version))) {
                return;
            }
            byte[] visible = Files.readAllBytes(file);
            Optional<byte[]> whole = expected.content(name);
            if (whole.isEmpty() || !Arrays.equals(visible, whole.get())) {
                wrongs.add(name + " had " + visible.length + " bytes, expected "
                        + whole.map(bytes -> bytes.length + " certain ones").orElse("no such file"));
            }
        } catch (NoSuchFileException gone) {
            wrongs.add(name + " was there and vanished");
        }
    }

    @Override
    public void close() throws InterruptedException {
        ended = true;
        watcher.join();
    }

    private record Version(Object key, long size, Object modified) {

        static Version of(Path file) throws IOException {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            return new Version(attributes.fileKey(), attributes.size(), attributes.lastModifiedTime());
        }
    }
}
