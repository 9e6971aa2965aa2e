package org.exportrelay.destinations.sftp;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Temporary files that earlier attempts left in a server's directories: a killed process cannot
 * remove its own, and nobody can while the server is away. A directory is listed when a connection
 * first writes there, which is after whatever broke the one before, and at every further attempt.
 */
final class Leftovers {

    private final Function<String, Stream<String>> names;
    private final Map<String, Set<String>> hidden = new HashMap<>();

    /**
     * @param names lists a directory
     */
    Leftovers(Function<String, Stream<String>> names) {
        this.names = names;
    }

    /** What earlier attempts of the delivery left where this one is about to write; paths like the given one. */
    List<String> of(String path, String deliveryId, int attempt) {
        int slash = path.lastIndexOf('/');
        String directory = slash < 0 ? "." : slash == 0 ? "/" : path.substring(0, slash);
        if (attempt > 1) {
            hidden.remove(directory);
        }
        String prefix = "." + deliveryId + ".";
        return hidden
                .computeIfAbsent(directory, any -> names.apply(directory)
                        .filter(name -> name.startsWith("."))
                        .collect(Collectors.toSet()))
                .stream()
                .filter(name -> name.startsWith(prefix) && !name.startsWith(prefix + attempt + "."))
                .map(name -> path.substring(0, slash + 1) + name)
                .toList();
    }
}
