package org.exportrelay.destinations;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Temporary files that earlier attempts left in a destination's directories: a killed process cannot
 * remove its own, and nobody can while a server is away. A directory is listed when a connection or a
 * producer first writes there, which is after whatever broke the one before, and at every further
 * attempt. Some servers cannot list one in which another upload renames a file meanwhile; what the
 * earlier attempts of the same delivery may have left has known names then. Thread-safe.
 */
public final class StaleTempFiles {

    private final Function<String, Optional<Stream<String>>> names;
    private final Map<String, Set<String>> hidden = new ConcurrentHashMap<>();

    /**
     * @param names lists a directory; empty if it cannot be listed
     */
    public StaleTempFiles(Function<String, Optional<Stream<String>>> names) {
        this.names = names;
    }

    /**
     * What other attempts of the delivery left, or may have left, where this one is about to write.
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
        String own = prefix + attempt.number() + ".";
        Set<String> listed = hidden.computeIfAbsent(directory, any -> names.apply(directory)
                .map(all -> all.filter(name -> name.startsWith(".")).collect(Collectors.toSet()))
                .orElse(null));
        return (listed == null ? earlier(path.substring(slash + 1), prefix, attempt.number()) : listed.stream())
                .filter(name -> name.startsWith(prefix) && !name.startsWith(own))
                .map(name -> path.substring(0, slash + 1) + name)
                .toList();
    }

    private static Stream<String> earlier(String name, String prefix, int attempt) {
        String own = prefix + attempt + ".";
        return name.startsWith(own)
                ? IntStream.range(1, attempt).mapToObj(number -> prefix + number + "." + name.substring(own.length()))
                : Stream.empty();
    }
}
