package org.exportrelay.routes;

import io.quarkus.runtime.util.ExceptionUtil;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.CamelContext;
import org.apache.camel.spi.EndpointUriFactory;
import org.exportrelay.config.NearestName;

/** Finds the options of an endpoint that its component does not have, each in its own line. */
final class UnknownOptions {

    private static final Pattern UNKNOWN_PARAMETERS = Pattern.compile("(?s)Unknown parameters=\\[\\{(.*)}]");
    private static final Pattern OPTION_NAME = Pattern.compile("[?&]([^?&={}]+)=");

    private UnknownOptions() {}

    /** One fault for each; none if the endpoint cannot be built for another reason. */
    static List<RouteFault> in(RouteFile file, EndpointUse use, CamelContext context, Throwable thrown) {
        return names(thrown, use.uri())
                .map(names -> names.stream()
                        .map(name -> new RouteFault(
                                file.path(),
                                RouteLines.ofOption(file.text(), use.line(), name),
                                "unknown option " + name + "; "
                                        + nearest(context, use.uri(), name)
                                                .map(near -> "did you mean " + near + "?")
                                                .orElse("correct its name or remove it"),
                                true))
                        .toList())
                .orElse(List.of());
    }

    /**
     * Their names, if Camel reports any: only those that the route file itself has. Any other is part of a value, which may
     * be a secret.
     *
     * @param written the endpoint as the route file has it, without the values of its {{keys}}
     */
    static Optional<List<String>> names(Throwable thrown, String written) {
        Matcher unknown = UNKNOWN_PARAMETERS.matcher(
                String.valueOf(ExceptionUtil.getRootCause(thrown).getMessage()));
        return unknown.find()
                ? Optional.of(OPTION_NAME
                        .matcher(written)
                        .results()
                        .map(name -> name.group(1))
                        .filter(name -> unknown.group(1).matches("(?s)(.*, )?" + Pattern.quote(name) + "=.*"))
                        .distinct()
                        .toList())
                : Optional.empty();
    }

    private static Optional<String> nearest(CamelContext context, String uri, String name) {
        EndpointUriFactory factory =
                context.getCamelContextExtension().getEndpointUriFactory(uri.replaceFirst(":.*", ""));
        Set<String> options = factory == null ? Set.of() : factory.propertyNames();
        return NearestName.of(name, options);
    }
}
