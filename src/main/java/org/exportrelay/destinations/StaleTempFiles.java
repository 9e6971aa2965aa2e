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
 * Temporary files that earlier attempts left in a destination's directories: a killed process cannot remove its own, and
 * no process can while a server is away. Only a delivery that was begun before can have any. Its directory is listed for
 * the first such delivery, and again only after a file could not be removed; for others, the earlier attempts have known
 * names. So uploads into a large directory do not list it each time, and servers that cannot list it are served as well.
 * Thread-safe.
 */
public final class StaleTempFiles {

    /** A delivery that met a long outage has had many attempts; one listing costs less than removing each name. */
    private static final int MOST_KNOWN_NAMES = 16;

    private final Map<String, Set<String>> listed = new ConcurrentHashMap<>();

    /**
     * What other attempts of the delivery left, or may have left, in the directory of this one.
     *
     * @param path of this attempt's temporary file, with slashes; so are those that are found
     * @param list lists a directory; empty if it cannot be listed
     */
    public List<String> of(String path, Attempt attempt, Function<String, Optional<Stream<String>>> list) {
        if (attempt.isFirst()) {
            return List.of();
        }
        int slash = path.lastIndexOf('/');
        String directory = slash < 0 ? "." : slash == 0 ? "/" : path.substring(0, slash);
        String prefix = "." + attempt.deliveryId() + ".";
        String own = prefix + attempt.number() + ".";
        Set<String> known = listed.get(directory);
        boolean manyNames = attempt.number() > MOST_KNOWN_NAMES;
        Optional<Set<String>> fresh =
                known == null || manyNames ? list.apply(directory).map(StaleTempFiles::hidden) : Optional.empty();
        listed.putIfAbsent(directory, fresh.orElse(Set.of()));
        Stream<String> names = fresh.map(Set::stream)
                .orElseGet(() -> Stream.concat(
                        known == null ? Stream.empty() : known.stream(),
                        earlier(path.substring(slash + 1), prefix, attempt.number())));
        return names.filter(name -> name.startsWith(prefix) && !name.startsWith(own))
                .distinct()
                .map(name -> path.substring(0, slash + 1) + name)
                .toList();
    }

    /** A file could not be removed: directories are listed again for the next delivery that was begun before. */
    public void forget() {
        listed.clear();
    }

    private static Set<String> hidden(Stream<String> names) {
        return names.filter(name -> name.startsWith(".")).collect(Collectors.toSet());
    }

    private static Stream<String> earlier(String name, String prefix, int attempt) {
        String own = prefix + attempt + ".";
        return name.startsWith(own)
                ? IntStream.range(1, attempt).mapToObj(number -> prefix + number + "." + name.substring(own.length()))
                : Stream.empty();
    }
}
