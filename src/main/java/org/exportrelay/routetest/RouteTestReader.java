package org.exportrelay.routetest;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.exportrelay.config.NearestName;
import org.exportrelay.ledger.EventKind;
import org.exportrelay.routes.RouteFault;
import org.exportrelay.routes.RouteFile;
import org.exportrelay.routes.RouteFiles;
import org.exportrelay.routes.YamlFile;
import org.exportrelay.routetest.Observation.Kind;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads test files and reports what is wrong in them by file and line. */
public final class RouteTestReader {

    /** The keys of a test file. */
    static final Set<String> FILE_KEYS = Set.of("route", "settings", "exports", "replace", "tests");
    /** The keys of a test. */
    static final Set<String> TEST_KEYS = Set.of("name", "settings", "exports", "events", "fail", "expect");

    /** Settings that hold for the whole process. */
    private static final String RESERVED = "(relay|quarkus|camel|java|otel|user|os)\\..*";

    private final FaultCatalog catalog;

    RouteTestReader(FaultCatalog catalog) {
        this.catalog = catalog;
    }

    /**
     * What a file contains.
     *
     * @param file null if it has faults
     */
    public record Read(RouteTestFile file, List<RouteFault> faults) {}

    Read read(Path path) {
        TestFaults faults = new TestFaults(path);
        YamlFile yaml = YamlFile.read(path);
        if (yaml.fault().isPresent()) {
            return new Read(null, List.of(yaml.fault().get()));
        }
        RouteTestFile file = file(path, yaml.root().orElseThrow(), faults);
        return new Read(faults.all().isEmpty() ? file : null, faults.all());
    }

    private RouteTestFile file(Path path, Node root, TestFaults faults) {
        YamlMap map = new YamlMap(faults, "a test file", root);
        map.allow(FILE_KEYS, null);
        List<Path> routes = routes(path, map, faults);
        Map<String, String> settings = settings(map, routes);
        List<GivenExport> exports = new GivenExports(path).of(map);
        List<RouteTest> tests = map.maps("tests").stream()
                .map(test -> test(path, test, routes, settings, exports, faults))
                .toList();
        if (tests.isEmpty() && faults.all().isEmpty()) {
            faults.add(map.line(), "no tests; add 'tests:' with a list of 'name: …' and 'expect: […]'");
        }
        return new RouteTestFile(path, routes, map.lines("replace"), tests);
    }

    /** Those that the file names; by default the one with the same name. */
    private static List<Path> routes(Path path, YamlMap map, TestFaults faults) {
        List<String> names = map.has("route")
                ? map.texts("route")
                : List.of(path.getFileName().toString().replace(RouteTestFile.SUFFIX, ""));
        RouteFiles beside = new RouteFiles(path.getParent() == null ? Path.of("") : path.getParent());
        List<Path> routes = new ArrayList<>();
        for (String name : names) {
            Optional<Path> file =
                    beside.fileOf(name).or(() -> RouteFiles.inWorkingDirectory().fileOf(name));
            if (file.isEmpty()) {
                map.fault(
                        "route",
                        "there is no route file or route " + name + " in " + beside.directory()
                                + NearestName.of(name, beside.names())
                                        .map(near -> "; did you mean " + near + "?")
                                        .orElse("; write the name of a file without " + RouteFiles.SUFFIX
                                                + ", or the id of a route"));
            }
            file.ifPresent(routes::add);
        }
        return routes;
    }

    private static Map<String, String> settings(YamlMap map, List<Path> routes) {
        Map<String, String> settings = map.textsByKey("settings");
        settings.keySet().stream()
                .filter(key -> key.matches(RESERVED))
                .forEach(key -> map.fault(
                        "settings",
                        key
                                + " cannot be set in a test, which sets only the {{keys}} of its routes; remove it, or use the"
                                + " options of exports: in the route"));
        List<Path> loaded = Stream.concat(
                        routes.stream(),
                        RouteFiles.inWorkingDirectory().polling().stream().map(RouteFile::path))
                .toList();
        settings.keySet().forEach(key -> RouteFiles.misspeltKey(key, loaded)
                .ifPresent(near -> map.fault(
                        "settings",
                        key + " is used by no route of this file, but " + near
                                + " is; correct the name or remove the line")));
        return settings;
    }

    private RouteTest test(
            Path path,
            YamlMap map,
            List<Path> routes,
            Map<String, String> shared,
            List<GivenExport> sharedExports,
            TestFaults faults) {
        map.allow(TEST_KEYS, null);
        Map<String, String> settings = new LinkedHashMap<>(shared);
        settings.putAll(settings(map, routes));
        List<GivenExport> exports = map.has("exports") ? new GivenExports(path).of(map) : sharedExports;
        List<Expectation> expectations = map.maps("expect").stream()
                .flatMap(expectation -> expectation(expectation).stream())
                .toList();
        if (map.maps("expect").isEmpty()) {
            faults.add(map.line(), "this test expects nothing; add 'expect:', such as expect: [{outcome: delivered}]");
        }
        List<GivenEvent> events = map.maps("events").stream()
                .flatMap(event -> event(event).stream())
                .toList();
        return new RouteTest(
                map.required("name"),
                map.line(),
                settings,
                exports.isEmpty() && !map.has("exports") && events.isEmpty()
                        ? List.of(new GivenExports(path).usual(map.line()))
                        : exports,
                events,
                map.maps("fail").stream().map(this::fault).toList(),
                expectations);
    }

    private static Optional<GivenEvent> event(YamlMap map) {
        map.allow(GivenEvent.KEYS, null);
        try {
            return Optional.of(new GivenEvent(
                    EventKind.of(map.required("event")),
                    map.text("destination").orElse(null),
                    map.text("message").orElse("")));
        } catch (IllegalArgumentException e) {
            map.fault("event", e.getMessage());
            return Optional.empty();
        }
    }

    private GivenFault fault(YamlMap map) {
        map.allow(GivenFault.KEYS, null);
        EndpointPattern endpoint = new EndpointPattern(map.required("endpoint"));
        String as = map.required("as");
        if (!as.isEmpty() && !catalog.isKnown(endpoint, as)) {
            map.fault("as", YamlMap.unknown("as", as, catalog.names(endpoint)));
        }
        return new GivenFault(endpoint, map.number("times"), as, map.line());
    }

    private static Optional<Expectation> expectation(YamlMap map) {
        List<Kind> kinds =
                Stream.of(Kind.values()).filter(kind -> map.has(kind.key())).toList();
        if (kinds.size() != 1) {
            map.fault(
                    "",
                    "an expectation has exactly one of the keys endpoint, outcome, log and event; this one has "
                            + (kinds.isEmpty() ? "none" : "more"));
            return Optional.empty();
        }
        Kind kind = kinds.get(0);
        map.allow(Expectation.keys(kind), kind == Kind.MESSAGE ? Expectation.HEADER : null);
        Map<String, String> wanted = new LinkedHashMap<>();
        map.keys().stream().filter(key -> !key.equals(Expectation.TIMES)).forEach(key -> map.text(key)
                .ifPresent(text -> wanted.put(key, text)));
        wanted.forEach((key, text) -> Expectation.VARIABLE
                .matcher(text)
                .results()
                .map(found -> found.group(1))
                .filter(name -> !Expectation.VARIABLES.contains(name))
                .forEach(name -> map.fault(key, YamlMap.unknown("variable", name, Expectation.VARIABLES))));
        if (kind == Kind.OUTCOME) {
            map.oneOf("outcome", Expectation.OUTCOMES, "delivered");
        }
        return Optional.of(new Expectation(kind, map.line(), wanted, map.number(Expectation.TIMES)));
    }
}
