package org.exportrelay.routes;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.camel.CamelContext;
import org.exportrelay.config.NearestName;

/** The names of Camel's steps and expressions, from the list that is part of Camel. */
final class StepNames {

    private static final String LIST = "META-INF/services/org/apache/camel/model.properties";

    private StepNames() {}

    static boolean contains(String name) {
        return all().contains(name);
    }

    /** The step that a name was probably meant to be; upper and lower case do not count. */
    static Optional<String> nearest(String name) {
        Set<String> names = all();
        return names.stream()
                .filter(name::equalsIgnoreCase)
                .findFirst()
                .or(() -> NearestName.of(name, names));
    }

    private static Set<String> all() {
        try (InputStream list = CamelContext.class.getClassLoader().getResourceAsStream(LIST)) {
            if (list == null) {
                return Set.of();
            }
            return new BufferedReader(new InputStreamReader(list, StandardCharsets.UTF_8))
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .collect(Collectors.toUnmodifiableSet());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
