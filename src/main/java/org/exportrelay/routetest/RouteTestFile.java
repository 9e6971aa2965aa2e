package org.exportrelay.routetest;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * A file with tests of routes.
 *
 * @param path relative to the working directory
 * @param routes the route files that are loaded for each test
 * @param replaced the beans that are replaced by recorders
 * @param tests in the order of the file
 */
public record RouteTestFile(Path path, List<Path> routes, Set<String> replaced, List<RouteTest> tests) {

    /** How the name of such a file ends. */
    public static final String SUFFIX = ".test.yaml";

    public RouteTestFile {
        routes = List.copyOf(routes);
        replaced = Set.copyOf(replaced);
        tests = List.copyOf(tests);
    }
}
