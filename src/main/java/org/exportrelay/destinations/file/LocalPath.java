package org.exportrelay.destinations.file;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.exportrelay.config.FileNameEncoding;
import org.exportrelay.delivery.DeliveryException;
import org.exportrelay.delivery.FailureAction;

/** The place of a local file, by one name however a route writes it. */
final class LocalPath {

    private LocalPath() {}

    /** Camel would write the file under a name with a question mark for each character that has no place in it. */
    static void requireUsable(String target) throws DeliveryException {
        Optional<String> problem = FileNameEncoding.problem(target);
        if (problem.isPresent()) {
            throw new DeliveryException(FailureAction.PARK, target + " " + problem.get() + ", then replay");
        }
    }

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
