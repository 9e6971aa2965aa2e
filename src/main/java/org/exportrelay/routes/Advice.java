package org.exportrelay.routes;

import java.nio.file.Path;
import java.util.List;
import org.apache.camel.model.RouteDefinition;

/** Warnings about routes that run, but promise less than an operator expects. */
final class Advice {

    private Advice() {}

    /** A file that is written under its final name can be seen half-written. */
    static List<RouteFault> on(Path file, RouteDefinition route) {
        String from = route.getInput().getEndpointUri();
        if (!from.startsWith("exports:") || !from.contains("payload=file")) {
            return List.of();
        }
        return EndpointUse.of(route).stream()
                .filter(use -> use.uri().matches("(file|ftp|ftps|sftp):.*"))
                .filter(use -> !use.uri().contains("tempPrefix=") && !use.uri().contains("tempFileName="))
                .map(use -> new RouteFault(
                        file,
                        use.line(),
                        "others can see half a file here; add tempPrefix or tempFileName,"
                                + " and fileExist: TryRename to replace an earlier copy in one step",
                        false))
                .toList();
    }
}
