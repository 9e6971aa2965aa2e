package org.exportrelay.routes;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.camel.model.ProcessorDefinitionHelper;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.model.SplitDefinition;

/** Warnings about routes that run, but promise less than an operator expects. */
final class RouteWarnings {

    private RouteWarnings() {}

    static List<RouteFault> on(Path file, RouteDefinition route) {
        Stream<RouteFault> endpoints = EndpointUse.of(route).stream()
                .flatMap(use -> Stream.of(halfFile(route, use), anyHost(use))
                        .flatMap(Optional::stream)
                        .map(warning -> new RouteFault(file, use.line(), warning, false)));
        return Stream.concat(endpoints, needlessParts(file, route)).toList();
    }

    /** Camel goes on with the next part by default, although the whole has failed. */
    private static Stream<RouteFault> needlessParts(Path file, RouteDefinition route) {
        if (!route.getInput().getEndpointUri().startsWith("exports:")) {
            return Stream.empty();
        }
        return ProcessorDefinitionHelper.filterTypeInOutputs(route.getOutputs(), SplitDefinition.class).stream()
                .filter(split -> !"true".equals(split.getStopOnException()))
                .map(split -> new RouteFault(
                        file,
                        split.getLineNumber(),
                        "after a part that fails the later ones are still sent, and all are sent again at the next attempt;"
                                + " add stopOnException: true",
                        false));
    }

    /** A file that is written under its final name can be seen half-written. */
    private static Optional<String> halfFile(RouteDefinition route, EndpointUse use) {
        String from = route.getInput().getEndpointUri();
        boolean seen = from.startsWith("exports:")
                && from.contains("payload=file")
                && use.uri().matches("(file|ftp|ftps|sftp):.*")
                && !use.uri().contains("tempPrefix=")
                && !use.uri().contains("tempFileName=");
        return seen
                ? Optional.of("others can see half a file here; add tempPrefix or tempFileName,"
                        + " and fileExist: TryRename to replace an earlier copy in one step")
                : Optional.empty();
    }

    /** The relay's sftp: is strict unless told otherwise. */
    private static Optional<String> anyHost(EndpointUse use) {
        return use.uri().startsWith("sftp:") && use.uri().matches(".*[?&]strictHostKeyChecking=(?!yes\\b).*")
                ? Optional.of("whoever pretends to be this server gets the files and the password;"
                        + " remove strictHostKeyChecking and pin the server's key with 'trust sftp://HOST:PORT'")
                : Optional.empty();
    }
}
