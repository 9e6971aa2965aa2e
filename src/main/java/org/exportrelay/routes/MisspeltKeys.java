package org.exportrelay.routes;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.exportrelay.config.NearestName;
import org.exportrelay.config.SettingsFile;

/** Finds keys of application.properties that no route uses, but that differ only a little from one that is used. */
final class MisspeltKeys {

    private static final int SHORTEST = 6;

    private MisspeltKeys() {}

    /** A warning for each. */
    static List<RouteFault> in(SettingsFile settings, List<RouteFile> routes) {
        Set<String> used = used(settings, routes);
        return settings.keys().stream()
                .filter(key -> !used.contains(key) && !key.matches("%?(relay|quarkus|camel|smallrye|mp)\\..*"))
                .flatMap(key -> nearest(key, used)
                        .filter(near -> !isFamily(key, near, settings.keys()))
                        .map(near -> new RouteFault(
                                SettingsFile.PATH,
                                settings.line(key),
                                key + " is used by no route, but " + near + " is; correct the name or remove the line",
                                false,
                                RouteRule.MISSPELT_SETTING))
                        .stream())
                .toList();
    }

    /** The used key that one which is not used was probably meant to be. */
    static Optional<String> in(String key, List<RouteFile> routes, SettingsFile settings) {
        Set<String> used = used(settings, routes);
        return used.contains(key) ? Optional.empty() : nearest(key, used);
    }

    private static Set<String> used(SettingsFile settings, List<RouteFile> routes) {
        return Stream.concat(
                        settings.usedKeys().stream(),
                        routes.stream()
                                .flatMap(file -> YamlNodes.in(file.text(), key -> true).stream())
                                .flatMap(Placeholder::in)
                                .map(Placeholder::key))
                .collect(Collectors.toSet());
    }

    /** The name that one was probably meant to be; short names resemble too many others. */
    static Optional<String> nearest(String key, Collection<String> names) {
        return key.length() < SHORTEST
                ? Optional.empty()
                : NearestName.of(
                        key,
                        names.stream().filter(name -> name.length() >= SHORTEST).toList());
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
