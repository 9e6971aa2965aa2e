package org.exportrelay.routes;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.model.BeanDefinition;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.util.URISupport;
import org.exportrelay.config.NearestName;
import org.exportrelay.delivery.NamePattern;

/** Warnings about routes that wait for what another route has to do first, and would never receive anything. */
final class IdleRouteWarnings {

    private static final String EVENTS = "export-events:";
    private static final String EXPORTS = "exports:";
    private static final String EXPORT_FAILED = "export-failed";
    /** The bean of poll-failed-exports: no other route records these events. */
    private static final String FAILED_EXPORTS = "failedExports";

    private final Set<String> destinations = new TreeSet<>();
    private final Set<String> ofManifests = new TreeSet<>();
    private final boolean findsFailedExports;

    /**
     * @param routes all that run together
     */
    IdleRouteWarnings(CamelContext context, Collection<RouteDefinition> routes) {
        routes.forEach(route -> RouteCheck.destination(context, route).ifPresent(name -> {
            destinations.add(name);
            if (RouteWarnings.deliversManifests(route)) {
                ofManifests.add(name);
            }
        }));
        findsFailedExports = routes.stream()
                .flatMap(route ->
                        ProcessorDefinitionHelper.filterTypeInOutputs(route.getOutputs(), BeanDefinition.class)
                                .stream())
                .anyMatch(bean -> FAILED_EXPORTS.equals(bean.getRef()));
    }

    /**
     * @param context in which the route can be built
     */
    List<RouteFault> on(Path file, RouteDefinition route, CamelContext context) {
        String uri = route.getInput().getEndpointUri();
        if (!uri.startsWith(EVENTS) && !uri.startsWith(EXPORTS)) {
            return List.of();
        }
        Map<String, Object> options;
        try {
            options = URISupport.parseQuery(
                    URISupport.extractQuery(context.getEndpoint(uri).getEndpointUri()));
        } catch (RuntimeException | URISyntaxException reportedAsFault) {
            return List.of();
        }
        Stream<Optional<Warning>> warnings = uri.startsWith(EVENTS)
                ? Stream.of(unknownDestination(options), neverRecorded(options))
                : Stream.of(withoutFiles(options));
        return warnings.flatMap(Optional::stream)
                .map(warning ->
                        RouteFault.warning(file, route.getInput().getLineNumber(), warning.rule(), warning.message()))
                .toList();
    }

    private Optional<Warning> unknownDestination(Map<String, Object> options) {
        String destination = Objects.toString(options.get("destination"), null);
        if (destination == null || destinations.stream().anyMatch(new NamePattern(destination)::matches)) {
            return Optional.empty();
        }
        return Optional.of(new Warning(
                RouteRule.UNKNOWN_DESTINATION,
                "no route delivers to destination=" + destination + ", so this route receives nothing; "
                        + nearest(destination, "write a name of exports:NAME, or a glob such as partner-*")));
    }

    private String nearest(String destination, String otherwise) {
        return NearestName.of(destination, destinations)
                .map(near -> "did you mean " + near + "?")
                .orElse(otherwise);
    }

    private Optional<Warning> withoutFiles(Map<String, Object> options) {
        String of = Objects.toString(options.get("of"), null);
        if (of == null || destinations.contains(of) && !ofManifests.contains(of)) {
            return Optional.empty();
        }
        return Optional.of(new Warning(
                RouteRule.UNKNOWN_DESTINATION,
                ofManifests.contains(of)
                        ? "of=" + of
                                + " delivers manifests itself, so this route receives nothing; write the destination"
                                + " that receives the files"
                        : "no route delivers to of=" + of + ", so this route receives no manifest; "
                                + nearest(of, "write a name of exports:NAME")));
    }

    private Optional<Warning> neverRecorded(Map<String, Object> options) {
        return findsFailedExports || !EXPORT_FAILED.equals(options.get("kinds"))
                ? Optional.empty()
                : Optional.of(new Warning(
                        RouteRule.UNRECORDED_EVENTS,
                        "no route records failed exports, so this route receives nothing; copy"
                                + " routes/examples/poll-failed-exports.camel.yaml into routes/"));
    }

    private record Warning(RouteRule rule, String message) {}
}
