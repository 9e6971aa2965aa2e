package org.exportrelay.destinations.file;

import jakarta.inject.Singleton;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.camel.Endpoint;
import org.apache.camel.component.file.FileEndpoint;
import org.exportrelay.config.FileNameEncoding;
import org.exportrelay.destinations.EndpointProbe;

/** Local directories: makes them if need be, writes a hidden file and removes it. */
@Singleton
final class DirectoryProbe implements EndpointProbe {

    @Override
    public boolean knows(Endpoint endpoint) {
        return endpoint instanceof FileEndpoint;
    }

    @Override
    public String hint() {
        return "make it a directory that this user may write to, on a disk with space";
    }

    @Override
    public String test(Endpoint endpoint) throws IOException {
        File path = ((FileEndpoint) endpoint).getFile();
        Optional<String> problem = FileNameEncoding.problem(path.toString());
        if (problem.isPresent()) {
            throw new IOException(path + " " + problem.get());
        }
        Path directory = path.toPath();
        Files.createDirectories(directory);
        Path file = Files.createTempFile(directory, ".export-relay-check-", "");
        Files.delete(file);
        return "wrote and removed a file";
    }
}
