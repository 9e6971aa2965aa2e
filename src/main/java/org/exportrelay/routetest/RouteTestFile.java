package org.exportrelay.routetest;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A file with tests of routes.
 *
 * @param path relative to the working directory
 * @param routes the route files that are loaded for each test
 * @param replaced the beans that are replaced by recorders, with their lines
 * @param tests in the order of the file
 */
public record RouteTestFile(Path path, List<Path> routes, Map<String, Integer> replaced, List<RouteTest> tests) {

    /** How the name of such a file ends. */
    public static final String SUFFIX = ".test.yaml";

    public RouteTestFile {
        routes = List.copyOf(routes);
        replaced = Map.copyOf(replaced);
        tests = List.copyOf(tests);
    }
}
