package org.exportrelay.testing;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.exportrelay.delivery.FileName;
import org.exportrelay.sandbox.Sandbox;
import org.exportrelay.sandbox.SandboxExport;
import org.exportrelay.sandbox.SandboxFile;

/**
 * What a destination of files must have of a sandbox's exports in the end: every file of every one
 * that can be downloaded whole, under its unique name. Thread-safe.
 */
public final class ExpectedFiles {

    private final Sandbox sandbox;
    private final Map<String, Place> places = new TreeMap<>();

    public ExpectedFiles(Sandbox sandbox) {
        this.sandbox = sandbox;
    }

    /** Of all exports that there are now. */
    public synchronized Set<String> names() {
        sandbox.exports().stream()
                .filter(export -> !export.failed() && !sandbox.incurable(export.id()))
                .forEach(this::add);
        return new TreeSet<>(places.keySet());
    }

    /** The whole file of that name; empty if there must be none. */
    public synchronized Optional<byte[]> content(String name) {
        if (!places.containsKey(name)) {
            names();
        }
        return Optional.ofNullable(places.get(name)).map(place -> sandbox.content(place.exportId(), place.index()));
    }

    private void add(SandboxExport export) {
        List<String> filenames =
                export.files().stream().map(SandboxFile::filename).toList();
        for (int index = 0; index < filenames.size(); index++) {
            String filename = filenames.get(index);
            int occurrence = (int) filenames.subList(0, index + 1).stream()
                    .filter(filename::equals)
                    .count();
            String safe = FileName.safe(filename);
            places.putIfAbsent(
                    FileName.withId(occurrence == 1 ? safe : FileName.numbered(safe, occurrence), export.id()),
                    new Place(export.id(), index));
        }
    }

    private record Place(String exportId, int index) {}
}
