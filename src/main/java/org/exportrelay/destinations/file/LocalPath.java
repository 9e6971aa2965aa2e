package org.exportrelay.destinations.file;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;

/** The place of a local file, by one name however a route writes it. */
final class LocalPath {

    private LocalPath() {}

    /** {@code file:} and the absolute path, without {@code .}, {@code ..} and symbolic links to directories. */
    static String location(String target) {
        Path file = Path.of(target).toAbsolutePath().normalize();
        Path directory = file.getParent();
        String path = (directory == null ? file : real(directory).resolve(file.getFileName())).toString();
        return "file:" + path.replace(File.separatorChar, '/');
    }

    /** Directories that do not exist yet will be created, and are no links then. */
    private static Path real(Path directory) {
        try {
            return directory.toRealPath();
        } catch (IOException e) {
            Path parent = directory.getParent();
            return parent == null ? directory : real(parent).resolve(directory.getFileName());
        }
    }
}
