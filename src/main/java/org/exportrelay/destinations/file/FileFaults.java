package org.exportrelay.destinations.file;

import jakarta.inject.Singleton;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import org.apache.camel.component.file.GenericFileOperationFailedException;
import org.exportrelay.destinations.KnownFaults;

/** The faults of local disks. */
@Singleton
public final class FileFaults implements KnownFaults {

    private static final Map<String, Fault> FAULTS = Map.of(
            "disk full", refused("No space left on device"),
            "quota exceeded", refused("Disk quota exceeded"),
            "read-only disk", refused("Read-only file system"),
            "permission denied", refused("Permission denied"),
            "refused name", refused("File name too long"));

    private static Fault refused(String answer) {
        return (endpoint, target) -> new GenericFileOperationFailedException(
                "Cannot store file: " + target, new IOException(target + " (" + answer + ")"));
    }

    @Override
    public Set<String> schemes() {
        return Set.of("file");
    }

    @Override
    public Map<String, Fault> byName() {
        return FAULTS;
    }
}
