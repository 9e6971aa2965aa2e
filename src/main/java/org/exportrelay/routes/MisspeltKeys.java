package org.exportrelay.routes;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.exportrelay.config.SettingsFile;
import org.jline.utils.Levenshtein;

/** Finds keys of application.properties that no route uses, but that differ only a little from one that is used. */
final class MisspeltKeys {

    /** Letters that are missing, superfluous, wrong or swapped. */
    private static final int MOST_TYPOS = 2;

    private static final int SHORTEST = 6;

    private MisspeltKeys() {}

    /** A warning for each. */
    static List<RouteFault> in(SettingsFile settings, List<RouteFile> routes) {
        Set<String> used = Stream.concat(
                        settings.usedKeys().stream(),
                        routes.stream()
                                .flatMap(file -> YamlNodes.in(file.text(), key -> true).stream())
                                .flatMap(Placeholder::in)
                                .map(Placeholder::key))
                .collect(Collectors.toSet());
        return settings.keys().stream()
                .filter(key -> !used.contains(key) && !key.matches("%?(relay|quarkus|camel|smallrye|mp)\\..*"))
                .flatMap(key -> nearest(key, used)
                        .filter(near -> !isFamily(key, near, settings.keys()))
                        .map(near -> new RouteFault(
                                SettingsFile.PATH,
                                settings.line(key),
                                key + " is used by no route, but " + near + " is; correct the name or remove the line",
                                false))
                        .stream())
                .toList();
    }

    /** The name that one was probably meant to be. */
    static Optional<String> nearest(String key, Collection<String> names) {
        return names.stream()
                .filter(name -> isNear(key, name))
                .min(Comparator.<String>comparingInt(name -> Levenshtein.distance(key, name))
                        .thenComparing(Comparator.naturalOrder()));
    }

    /** Names that differ in a number only, such as queue1 and queue2, are different on purpose. */
    private static boolean isNear(String key, String name) {
        return Math.min(key.length(), name.length()) >= SHORTEST
                && !key.equals(name)
                && Levenshtein.distance(key, name) <= MOST_TYPOS
                && !key.replaceAll("\\d", "").equals(name.replaceAll("\\d", ""));
    }

    /** The keys of another route: smtp.password is not a misspelt sftp.password if there is also smtp.host. */
    private static boolean isFamily(String key, String near, Set<String> keys) {
        String prefix = prefix(key);
        return !prefix.equals(prefix(near))
                && keys.stream().filter(other -> prefix(other).equals(prefix)).count() > 1;
    }

    private static String prefix(String key) {
        return key.replaceFirst("\\..*", "");
    }
}
