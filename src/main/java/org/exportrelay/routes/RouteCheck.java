package org.exportrelay.routes;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.model.BeanDefinition;
import org.apache.camel.model.ModelCamelContext;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.SimpleRegistry;
import org.exportrelay.config.SettingsFile;

/**
 * Finds what is wrong with route files, without starting a route or contacting anything: each file is read into a
 * temporary context that has the relay's components and beans, and every endpoint and step is built there as it is for a
 * start.
 */
public final class RouteCheck {

    private static final Comparator<RouteFault> BY_PLACE =
            Comparator.comparing(RouteFault::file).thenComparing(RouteFault::line);

    private final CamelContext context;

    /**
     * @param context whose beans and settings the routes refer to; neither started nor changed
     */
    public RouteCheck(CamelContext context) {
        this.context = context;
    }

    /** Every fault and warning of the files in a folder. */
    public RouteFindings check(RouteFiles files) {
        return check(files, files.read());
    }

    /** As {@link #check(RouteFiles)}, for files that have been read. */
    public RouteFindings check(RouteFiles files, List<RouteFile> read) {
        if (read.isEmpty()) {
            RouteFault none = new RouteFault(
                    files.directory(),
                    0,
                    "no file here ends in " + RouteFiles.SUFFIX
                            + "; run the command in the directory that has routes/ and application.properties",
                    true);
            return new RouteFindings(
                    Stream.concat(Stream.of(none), files.notLoaded().stream()).toList(), Map.of());
        }
        RouteFindings found = check(read);
        Stream<RouteFault> warnings = Stream.concat(
                files.notLoaded().stream(), MisspeltKeys.in(SettingsFile.inWorkingDirectory(), read).stream());
        return new RouteFindings(
                Stream.concat(found.faults().stream(), warnings)
                        .sorted(BY_PLACE)
                        .toList(),
                found.destinations());
    }

    /**
     * Every fault and warning of some files, which can refer to each other's beans. Where two have the
     * same route id, destination or name of export-events:, the fault is the later one's.
     */
    RouteFindings check(List<RouteFile> files) {
        List<RouteFault> faults = new ArrayList<>();
        Map<Path, Set<String>> destinations = new HashMap<>();
        Map<String, Path> seenIds = new HashMap<>();
        Map<String, Path> seenDestinations = new HashMap<>();
        Map<String, Path> seenCursors = new HashMap<>();
        SimpleRegistry beans = new SimpleRegistry();
        List<LoadedFile> loaded = new ArrayList<>();
        try {
            files.forEach(file -> load(file, beans, faults).ifPresent(loaded::add));
            for (LoadedFile file : loaded) {
                build(file, faults);
                faults.addAll(missingExtensions(file, faults));
                for (RouteDefinition route : file.routes()) {
                    duplicate(file.path(), route, route.getRouteId(), "the route id ", seenIds, faults);
                    destination(context, route).ifPresent(name -> {
                        duplicate(file.path(), route, name, "the destination ", seenDestinations, faults);
                        destinations
                                .computeIfAbsent(file.path(), path -> new TreeSet<>())
                                .add(name);
                    });
                    name(context, route, "export-events:")
                            .ifPresent(name -> duplicate(
                                    file.path(), route, name, "the name export-events:", seenCursors, faults));
                }
            }
            if (faults.stream().noneMatch(RouteFault::stops)) {
                faults.addAll(idleWarnings(loaded));
            }
        } finally {
            loaded.forEach(file -> file.scratch().close());
        }
        List<RouteFault> left = withoutIgnored(files, faults);
        left.sort(BY_PLACE);
        return new RouteFindings(left, destinations);
    }

    /** Without the warnings that comments switch off. */
    private static List<RouteFault> withoutIgnored(List<RouteFile> files, List<RouteFault> faults) {
        List<RouteFault> left = new ArrayList<>();
        for (RouteFile file : files) {
            IgnoredRules ignored = IgnoredRules.of(file);
            left.addAll(ignored.filter(faults.stream()
                    .filter(fault -> fault.file().equals(file.path()))
                    .toList()));
            ignored.unknown().forEach(left::add);
        }
        faults.stream()
                .filter(fault -> files.stream().noneMatch(file -> file.path().equals(fault.file())))
                .forEach(left::add);
        return left;
    }

    private List<RouteFault> idleWarnings(List<LoadedFile> loaded) {
        IdleRouteWarnings warnings = new IdleRouteWarnings(
                context, loaded.stream().flatMap(file -> file.routes().stream()).toList());
        return loaded.stream()
                .flatMap(file -> file.routes().stream()
                        .flatMap(route ->
                                warnings.on(file.path(), route, file.scratch().context()).stream()))
                .toList();
    }

    /** Warnings that need the endpoints of routes, about routes that run; a start does not wait for the whole check. */
    public List<RouteFault> warningsAboutRunning(RouteFiles files) {
        IdleRouteWarnings idleWarnings =
                new IdleRouteWarnings(context, ((ModelCamelContext) context).getRouteDefinitions());
        return files.read().stream()
                .flatMap(file -> IgnoredRules.of(file)
                        .filter(running(file).stream()
                                .flatMap(route -> Stream.of(
                                                unsharedDirectories(file.path(), route)
                                                        .toList(),
                                                MissingExtension.warnings(file.path(), route, context),
                                                idleWarnings.on(file.path(), route, context))
                                        .flatMap(List::stream))
                                .toList())
                        .stream())
                .sorted(BY_PLACE)
                .toList();
    }

    /**
     * Warnings about routes that run, as far as their files alone are the cause: they do not depend on settings or on other
     * files.
     */
    List<RouteFault> warningsInside(List<RouteFile> files) {
        List<RouteFault> found = new ArrayList<>();
        for (RouteFile file : files) {
            List<RouteDefinition> routes = running(file);
            found.addAll(UnquotedMarks.in(file));
            found.addAll(textWarnings(file));
            found.addAll(routeWarnings(file.path(), routes, context));
            routes.forEach(route -> found.addAll(MissingExtension.warnings(file.path(), route, context)));
        }
        List<RouteFault> left = withoutIgnored(files, found);
        left.sort(BY_PLACE);
        return left;
    }

    private List<RouteDefinition> running(RouteFile file) {
        return ((ModelCamelContext) context)
                .getRouteDefinitions().stream()
                        .filter(route -> file.isOriginOf(route.getResource()))
                        .toList();
    }

    /** Warnings about the text of a file that Camel can read. */
    private static List<RouteFault> textWarnings(RouteFile file) {
        return Stream.of(RepeatedKeys.in(file), HeaderWarnings.in(file))
                .flatMap(List::stream)
                .toList();
    }

    /** Warnings about the steps of a file's routes. */
    private static List<RouteFault> routeWarnings(Path file, List<RouteDefinition> routes, CamelContext context) {
        return Stream.concat(
                        routes.stream().flatMap(route -> RouteWarnings.on(file, route).stream()),
                        RepeatedNames.in(file, routes, context).stream())
                .toList();
    }

    private Stream<RouteFault> unsharedDirectories(Path file, RouteDefinition route) {
        return EndpointUse.of(route).stream()
                .filter(use -> use.uri().startsWith("file:"))
                .flatMap(use ->
                        UnsharedDirectory.warning(context, file, route, use, context.getEndpoint(use.uri())).stream());
    }

    /**
     * Makes every endpoint of the routes, and every bean that they call, as the routes would,
     * and shows it to a visitor; none is started. Files with a fault are left out.
     */
    public void visitTargets(RouteFiles files, TargetVisitor visitor) {
        SimpleRegistry beans = new SimpleRegistry();
        List<LoadedFile> loaded = new ArrayList<>();
        try {
            files.read().forEach(file -> load(file, beans, new ArrayList<>()).ifPresent(loaded::add));
            for (LoadedFile file : loaded) {
                for (RouteDefinition route : file.routes()) {
                    String from = destination(context, route)
                            .map(name -> "exports:" + name)
                            .orElse("route " + route.getRouteId());
                    List<Endpoint> endpoints = EndpointUse.of(route).stream()
                            .map(use -> file.scratch().context().getEndpoint(use.uri()))
                            .toList();
                    visitor.source(from, endpoints.get(0));
                    endpoints.stream().skip(1).forEach(endpoint -> visitor.endpoint(from, endpoint));
                    ProcessorDefinitionHelper.filterTypeInOutputs(route.getOutputs(), BeanDefinition.class).stream()
                            .filter(step -> step.getRef() != null)
                            .map(step -> file.scratch().context().getRegistry().lookupByName(step.getRef()))
                            .filter(Objects::nonNull)
                            .forEach(bean -> visitor.bean(from, bean));
                }
            }
        } finally {
            loaded.forEach(file -> file.scratch().close());
        }
    }

    /** The destinations of some files; those of files with a fault are left out. */
    public List<PlannedDestination> destinations(List<RouteFile> files) {
        SimpleRegistry beans = new SimpleRegistry();
        List<LoadedFile> loaded = new ArrayList<>();
        try {
            files.forEach(file -> load(file, beans, new ArrayList<>()).ifPresent(loaded::add));
            return loaded.stream()
                    .flatMap(file -> file.routes().stream()
                            .flatMap(route -> PlannedDestination.of(context, file.path(), route).stream()))
                    .toList();
        } finally {
            loaded.forEach(file -> file.scratch().close());
        }
    }

    /** Visits what a route, {@code exports:NAME} or {@code route ID}, leads to. */
    public interface TargetVisitor {

        /** The endpoint where the route begins; not started, and gone when the visit ends. */
        default void source(String from, Endpoint endpoint) {}

        /** An endpoint that it sends to; not started, and gone when the visit ends. */
        void endpoint(String from, Endpoint endpoint);

        /** A bean that a step calls. */
        void bean(String from, Object bean);
    }

    private Optional<LoadedFile> load(RouteFile file, SimpleRegistry beans, List<RouteFault> faults) {
        List<RouteFault> beforeCamel = Stream.of(RouteStructure.in(file), UnquotedMarks.in(file))
                .flatMap(List::stream)
                .toList();
        faults.addAll(beforeCamel);
        if (beforeCamel.stream().anyMatch(RouteFault::stops)) {
            return Optional.empty();
        }
        faults.addAll(textWarnings(file));
        ScratchContext scratch = new ScratchContext(context, beans);
        try {
            for (RoutesBuilder builder :
                    PluginHelper.getRoutesLoader(scratch.context()).findRoutesBuilders(file.resource())) {
                builder.addRoutesToCamelContext(scratch.context());
            }
            return Optional.of(
                    new LoadedFile(file, scratch, List.copyOf(scratch.context().getRouteDefinitions())));
        } catch (Exception e) {
            if (FaultText.missingKey(e).isEmpty()) {
                faults.add(FaultText.ofParsing(file, e));
            }
            missingKeys(file, scratch, missing(e, 0), faults);
            scratch.close();
            return Optional.empty();
        }
    }

    private void build(LoadedFile file, List<RouteFault> faults) {
        Set<Integer> faultyLines = new HashSet<>();
        Map<String, Integer> missing = new HashMap<>();
        for (RouteDefinition route : file.routes()) {
            for (EndpointUse use : EndpointUse.of(route)) {
                try {
                    Endpoint endpoint = file.scratch().context().getEndpoint(use.uri());
                    RouteWarnings.onLogin(file.path(), use, endpoint).ifPresent(faults::add);
                    faults.addAll(RouteWarnings.onPgpKeys(file.path(), use, endpoint));
                    UnsharedDirectory.warning(context, file.path(), route, use, endpoint)
                            .ifPresent(faults::add);
                } catch (RuntimeException e) {
                    boolean isFirst = faultyLines.add(use.line());
                    Map<String, Integer> key = missing(e, use.line());
                    key.forEach(missing::putIfAbsent);
                    if (isFirst && key.isEmpty()) {
                        faults.addAll(ofEndpoint(file, use, e));
                    }
                }
            }
        }
        faults.addAll(routeWarnings(file.path(), file.routes(), file.scratch().context()));
        if (faultyLines.isEmpty()) {
            RuntimeException problem = file.scratch().problemWithBuilding();
            if (problem == null) {
                return;
            }
            RouteFault fault = FaultText.ofBuilding(file.file(), file.routes(), problem);
            Map<String, Integer> key = missing(problem, fault.line());
            key.forEach(missing::putIfAbsent);
            if (key.isEmpty()) {
                faults.add(fault);
            }
        }
        missingKeys(file.file(), file.scratch(), missing, faults);
    }

    private static List<RouteFault> ofEndpoint(LoadedFile file, EndpointUse use, RuntimeException thrown) {
        List<RouteFault> options =
                UnknownOptions.in(file.file(), use, file.scratch().context(), thrown);
        return options.isEmpty()
                ? List.of(new RouteFault(file.path(), use.line(), FaultText.of(thrown, use.uri()), true))
                : options;
    }

    /** Not of a step that cannot be built for the same reason. */
    private static List<RouteFault> missingExtensions(LoadedFile file, List<RouteFault> faults) {
        return file.routes().stream()
                .flatMap(route -> MissingExtension.warnings(
                        file.path(), route, file.scratch().context())
                        .stream())
                .filter(warning -> faults.stream()
                        .noneMatch(fault -> fault.file().equals(warning.file()) && fault.line() == warning.line()))
                .toList();
    }

    /** The key without a value that keeps a line from being built; none if something else does. */
    private static Map<String, Integer> missing(Throwable thrown, int line) {
        return FaultText.missingKey(thrown).map(key -> Map.of(key, line)).orElse(Map.of());
    }

    /**
     * Reports all missing keys of a file, each in the line in which it stands.
     *
     * @param found by Camel, with the line of the endpoint or step: values of application.properties can refer to others
     */
    private static void missingKeys(
            RouteFile file, ScratchContext scratch, Map<String, Integer> found, List<RouteFault> faults) {
        Map<String, Integer> missing = new HashMap<>(found);
        missing.putAll(MissingKeys.in(file, scratch.context()));
        missing.forEach((key, line) -> faults.add(new RouteFault(file.path(), line, MissingKeys.message(key), true)));
    }

    private static void duplicate(
            Path file,
            RouteDefinition route,
            String name,
            String what,
            Map<String, Path> seen,
            List<RouteFault> faults) {
        if (name == null) {
            return;
        }
        Path first = seen.putIfAbsent(name, file);
        if (first != null) {
            faults.add(new RouteFault(
                    file,
                    route.getInput().getLineNumber(),
                    what + name + " is already in " + first + "; give each route one of its own",
                    true));
        }
    }

    /** Where a route delivers to, if it begins at {@code exports:}. */
    static Optional<String> destination(CamelContext context, RouteDefinition route) {
        return name(context, route, "exports:");
    }

    /** The name after a scheme, if the route begins at it. */
    private static Optional<String> name(CamelContext context, RouteDefinition route, String scheme) {
        String uri = route.getInput().getEndpointUri();
        if (!uri.startsWith(scheme)) {
            return Optional.empty();
        }
        String name = uri.substring(scheme.length()).replaceFirst("^//", "").replaceFirst("\\?.*", "");
        try {
            return Optional.of(context.resolvePropertyPlaceholders(name));
        } catch (IllegalArgumentException noValue) {
            return Optional.empty();
        }
    }

    private record LoadedFile(RouteFile file, ScratchContext scratch, List<RouteDefinition> routes) {

        Path path() {
            return file.path();
        }
    }
}
