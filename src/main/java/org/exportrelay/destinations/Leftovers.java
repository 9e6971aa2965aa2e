package org.exportrelay.destinations;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Temporary files that earlier attempts left in a destination's directories: a killed process cannot
 * remove its own, and nobody can while a server is away. A directory is listed when a connection or a
 * producer first writes there, which is after whatever broke the one before, and at every further
 * attempt. Thread-safe.
 */
public final class Leftovers {

    private final Function<String, Stream<String>> names;
    private final Map<String, Set<String>> hidden = new ConcurrentHashMap<>();

    /**
     * @param names lists a directory
     */
    public Leftovers(Function<String, Stream<String>> names) {
        this.names = names;
    }

    /**
     * What earlier attempts of the delivery left where this one is about to write.
     *
     * @param path with slashes; so are those that are found
     */
    public List<String> of(String path, Attempt attempt) {
        int slash = path.lastIndexOf('/');
        String directory = slash < 0 ? "." : slash == 0 ? "/" : path.substring(0, slash);
        if (attempt.number() > 1) {
            hidden.remove(directory);
        }
        String prefix = "." + attempt.deliveryId() + ".";
        return hidden
                .computeIfAbsent(directory, any -> names.apply(directory)
                        .filter(name -> name.startsWith("."))
                        .collect(Collectors.toSet()))
                .stream()
                .filter(name -> name.startsWith(prefix) && !name.startsWith(prefix + attempt.number() + "."))
                .map(name -> path.substring(0, slash + 1) + name)
                .toList();
    }
}
