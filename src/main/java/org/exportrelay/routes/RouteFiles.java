package org.exportrelay.routes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The operator's route files.
 *
 * @param directory where they are
 */
public record RouteFiles(Path directory) {

    /** How a route file's name ends. */
    public static final String SUFFIX = ".camel.yaml";

    /** The folder that every command reads. */
    public static RouteFiles inWorkingDirectory() {
        return new RouteFiles(Path.of("routes"));
    }

    /** What is in them now; nothing if there is no folder. */
    List<RouteFile> read() {
        return list().stream().map(RouteFile::read).toList();
    }

    /** The files in the folder itself, by name; those in folders below it, such as examples, are not loaded. */
    public List<Path> list() {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> !Files.isDirectory(file))
                    .filter(file -> file.getFileName().toString().endsWith(SUFFIX))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(directory + " cannot be read", e);
        }
    }
}
