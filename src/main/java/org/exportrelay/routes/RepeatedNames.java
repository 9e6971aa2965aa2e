package org.exportrelay.routes;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.camel.CamelContext;
import org.apache.camel.DelegateEndpoint;
import org.apache.camel.Endpoint;
import org.apache.camel.component.file.GenericFileEndpoint;
import org.apache.camel.component.file.GenericFileExist;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.SetHeaderDefinition;
import org.apache.camel.model.SetHeadersDefinition;
import org.apache.camel.model.language.ExpressionDefinition;
import org.apache.camel.util.StringHelper;
import org.apache.camel.util.URISupport;

/** Warnings about names that two files can share: the second delivery would be parked. */
final class RepeatedNames {

    private static final Set<String> NAME_HEADERS =
            Set.of("CamelFileName", "CamelOverruleFileName", "CamelAwsS3Key", "CamelAzureStorageBlobBlobName");
    private static final Set<String> READABLE_LANGUAGES = Set.of("simple", "constant", "file");
    private static final Set<GenericFileExist> KEEPING = Set.of(GenericFileExist.Append, GenericFileExist.Move);

    private RepeatedNames() {}

    /**
     * @param routes of one file
     * @param context that has their components
     */
    static List<RouteFault> in(Path file, List<RouteDefinition> routes, CamelContext context) {
        Set<RouteFault> found = new LinkedHashSet<>();
        for (RouteDefinition route : routes) {
            Optional<String> destination = RouteCheck.destination(context, route);
            if (destination.isPresent() && !overwrites(route, context)) {
                boolean isManifest = RouteWarnings.deliversManifests(route);
                for (RouteDefinition called : withCalled(route, routes)) {
                    Stream.concat(ofEndpoints(called, context), ofHeaders(called, context))
                            .filter(name -> name.canRepeat(isManifest))
                            .map(name -> RouteFault.warning(
                                    file, name.line(), RouteRule.REPEATED_NAME, name.warning(destination.get())))
                            .forEach(found::add);
                }
            }
        }
        return List.copyOf(found);
    }

    private static boolean overwrites(RouteDefinition route, CamelContext context) {
        return resolved(context, route.getInput().getEndpointUri())
                .filter(uri -> uri.matches(".*[?&]overwrite=true\\b.*"))
                .isPresent();
    }

    /** The route, and those of its file that it sends to. */
    private static Set<RouteDefinition> withCalled(RouteDefinition route, List<RouteDefinition> routes) {
        Set<RouteDefinition> called = new LinkedHashSet<>(Set.of(route));
        List<RouteDefinition> next = new ArrayList<>(called);
        while (!next.isEmpty()) {
            Set<String> targets = EndpointUse.of(next.remove(0)).stream()
                    .map(use -> use.uri().replaceFirst("\\?.*", ""))
                    .collect(Collectors.toSet());
            routes.stream()
                    .filter(other ->
                            targets.contains(other.getInput().getEndpointUri().replaceFirst("\\?.*", "")))
                    .filter(called::add)
                    .forEach(next::add);
        }
        return called;
    }

    private static Stream<NameExpression> ofEndpoints(RouteDefinition route, CamelContext context) {
        return EndpointUse.of(route).stream()
                .skip(1)
                .flatMap(use -> endpoint(context, use.uri())
                        .filter(endpoint -> !KEEPING.contains(endpoint.getFileExist()))
                        .flatMap(endpoint -> fileName(context, use.uri()))
                        .map(text -> new NameExpression("fileName", text, use.line()))
                        .stream());
    }

    private static Optional<GenericFileEndpoint<?>> endpoint(CamelContext context, String uri) {
        try {
            Endpoint endpoint = context.getEndpoint(uri);
            Endpoint original = endpoint instanceof DelegateEndpoint other ? other.getEndpoint() : endpoint;
            return original instanceof GenericFileEndpoint<?> file ? Optional.of(file) : Optional.empty();
        } catch (RuntimeException e) {
            // Reported as a fault of its own.
            return Optional.empty();
        }
    }

    /** As it is written: the endpoint has it only as an expression. */
    private static Optional<String> fileName(CamelContext context, String uri) {
        return resolved(context, uri).flatMap(text -> {
            try {
                String query = StringHelper.after(text, "?", "");
                return Optional.ofNullable(
                                URISupport.parseQuery(query, false, true).get("fileName"))
                        .map(Object::toString);
            } catch (URISyntaxException e) {
                return Optional.empty();
            }
        });
    }

    private static Stream<NameExpression> ofHeaders(RouteDefinition route, CamelContext context) {
        Stream<SetHeaderDefinition> several =
                ProcessorDefinitionHelper.filterTypeInOutputs(route.getOutputs(), SetHeadersDefinition.class).stream()
                        .flatMap(step -> step.getHeaders().stream());
        Stream<SetHeaderDefinition> single =
                ProcessorDefinitionHelper.filterTypeInOutputs(route.getOutputs(), SetHeaderDefinition.class).stream();
        return Stream.concat(single, several)
                .filter(step -> NAME_HEADERS.contains(step.getName()) && isReadable(step.getExpression()))
                .flatMap(step -> resolved(context, step.getExpression().getExpression())
                        .map(text -> new NameExpression(step.getName(), text, step.getLineNumber()))
                        .stream());
    }

    private static boolean isReadable(ExpressionDefinition expression) {
        return expression != null && READABLE_LANGUAGES.contains(expression.getLanguage());
    }

    /** Empty if a key has no value, which is a fault of its own. */
    private static Optional<String> resolved(CamelContext context, String text) {
        try {
            return Optional.ofNullable(context.resolvePropertyPlaceholders(text));
        } catch (IllegalArgumentException noValue) {
            return Optional.empty();
        }
    }
}
