package org.exportrelay.routes;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.camel.CamelContext;
import org.apache.camel.RoutesBuilder;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.spi.Resource;
import org.apache.camel.support.PluginHelper;
import org.apache.camel.support.ResourceHelper;

/**
 * Says what is wrong with route files, without starting a route or contacting anything: each file is
 * read into a throw-away context that has the relay's components and beans, and every endpoint and
 * step is built there as it would be in earnest.
 */
public final class RouteCheck {

    private final CamelContext context;

    /**
     * @param context whose beans and settings the routes refer to; neither started nor changed
     */
    public RouteCheck(CamelContext context) {
        this.context = context;
    }

    /** Every fault and warning, by file and line; empty if the files can run. */
    public List<RouteFault> check(RouteFiles files) {
        List<RouteFault> faults = new ArrayList<>();
        if (files.list().isEmpty()) {
            faults.add(new RouteFault(
                    files.directory(),
                    0,
                    "no file here ends in " + RouteFiles.SUFFIX
                            + "; run the command in the directory that has routes/ and application.properties",
                    true));
        }
        Map<String, Path> routeIds = new HashMap<>();
        Map<String, Path> destinations = new HashMap<>();
        for (Path file : files.list()) {
            List<RouteFault> found = new ArrayList<>();
            List<RouteDefinition> routes = load(file, found);
            for (RouteDefinition route : routes) {
                duplicate(file, route, route.getRouteId(), "the route id", routeIds, found);
                duplicate(file, route, destination(route), "the destination", destinations, found);
            }
            faults.addAll(found);
        }
        faults.sort(Comparator.comparing(RouteFault::file).thenComparing(RouteFault::line));
        return faults;
    }

    private List<RouteDefinition> load(Path file, List<RouteFault> faults) {
        try (ScratchContext scratch = new ScratchContext(context)) {
            try {
                Resource resource = ResourceHelper.resolveMandatoryResource(scratch.context(), "file:" + file);
                for (RoutesBuilder builder :
                        PluginHelper.getRoutesLoader(scratch.context()).findRoutesBuilders(resource)) {
                    builder.addRoutesToCamelContext(scratch.context());
                }
            } catch (Exception e) {
                faults.add(FaultText.ofParsing(file, e));
                return List.of();
            }
            List<RouteDefinition> routes = List.copyOf(scratch.context().getRouteDefinitions());
            Set<Integer> faultyLines = new HashSet<>();
            for (RouteDefinition route : routes) {
                for (EndpointUse use : EndpointUse.of(route)) {
                    String problem = scratch.problemWith(use.uri());
                    if (problem != null && faultyLines.add(use.line())) {
                        faults.add(new RouteFault(file, use.line(), problem, true));
                    }
                }
                faults.addAll(Advice.on(file, route));
            }
            if (faultyLines.isEmpty()) {
                RuntimeException problem = scratch.problemWithBuilding();
                if (problem != null) {
                    faults.add(FaultText.ofBuilding(file, routes, problem));
                }
            }
            return routes;
        }
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
                    what + " " + name + " is already in " + first + "; give each route one of its own",
                    true));
        }
    }

    private static String destination(RouteDefinition route) {
        String uri = route.getInput().getEndpointUri();
        return uri.startsWith("exports:")
                ? uri.substring("exports:".length()).replaceFirst("^//", "").replaceFirst("\\?.*", "")
                : null;
    }
}
