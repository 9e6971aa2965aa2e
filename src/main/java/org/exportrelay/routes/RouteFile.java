package org.exportrelay.routes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.camel.spi.Resource;
import org.apache.camel.support.ResourceHelper;
import org.exportrelay.config.FileNameEncoding;
import org.exportrelay.config.TextEncoding;

/**
 * A route file as it was when it was read: what is checked is what is loaded, however often the file
 * changes meanwhile.
 *
 * @param path relative to the working directory
 * @param text its content; empty if it cannot be read
 * @param problem why it cannot be read; null if it can
 */
public record RouteFile(Path path, String text, String problem) {

    static RouteFile read(Path path) {
        Optional<String> unusable = FileNameEncoding.problem(path.toString());
        if (unusable.isPresent()) {
            return new RouteFile(path, "", "this name " + unusable.get());
        }
        try {
            byte[] content = Files.readAllBytes(path);
            Optional<String> notText = TextEncoding.problem(content);
            return new RouteFile(path, notText.isPresent() ? "" : TextEncoding.decode(content), notText.orElse(null));
        } catch (NoSuchFileException e) {
            return new RouteFile(path, "", "does not exist; correct its name");
        } catch (IOException e) {
            return new RouteFile(
                    path, "", "cannot be read (" + e.getClass().getSimpleName() + "); make it readable, or remove it");
        }
    }

    String name() {
        return path.getFileName().toString();
    }

    /** For Camel, under the same location as if Camel had read it. */
    Resource resource() {
        return ResourceHelper.fromString("file:" + path, text);
    }

    /** Whether a resource of Camel comes from this file. */
    boolean isOriginOf(Resource resource) {
        if (resource == null) {
            return false;
        }
        Path origin = Path.of(resource.getLocation().replaceFirst("^file:(//)?", ""));
        return origin.toAbsolutePath().normalize().equals(path.toAbsolutePath().normalize());
    }
}
