package org.exportrelay.destinations.file;

import jakarta.inject.Singleton;
import java.io.File;
import java.io.IOException;
import java.util.Optional;
import org.apache.camel.Endpoint;
import org.apache.camel.component.file.FileEndpoint;
import org.exportrelay.config.FileNameEncoding;
import org.exportrelay.destinations.EndpointProbe;
import org.exportrelay.destinations.TestFile;

/** Local directories: creates them if they do not exist, writes a hidden file and removes it. */
@Singleton
final class DirectoryProbe implements EndpointProbe {

    @Override
    public boolean knows(Endpoint endpoint) {
        return endpoint instanceof FileEndpoint;
    }

    @Override
    public String hint() {
        return "use a directory that this user may write to, on a disk with free space";
    }

    @Override
    public String test(Endpoint endpoint) throws IOException {
        File path = ((FileEndpoint) endpoint).getFile();
        Optional<String> problem = FileNameEncoding.problem(path.toString());
        if (problem.isPresent()) {
            throw new IOException(path + " " + problem.get());
        }
        TestFile.writeAndRemove(path.toPath());
        return "wrote and removed a file";
    }
}
