package org.exportrelay.routes;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import org.apache.camel.CamelContext;
import org.apache.camel.Endpoint;
import org.apache.camel.component.file.FileEndpoint;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.spi.PropertiesComponent;

/**
 * Warns of a delivery into the data directory while the ledger is one that instances share. Each instance has a data
 * directory of its own, often on a file system of its own, so such an archive has a part of the files in each.
 */
final class UnsharedDirectory {

    private static final Pattern KEY = Pattern.compile("^file:(?://)?\\{\\{\\??([^}:]+)[^}]*}}");

    private UnsharedDirectory() {}

    /**
     * @param context from which relay.ledger.url and relay.data-dir are read
     * @param endpoint the one of the use
     */
    static Optional<RouteFault> warning(
            CamelContext context, Path file, RouteDefinition route, EndpointUse use, Endpoint endpoint) {
        String from = route.getInput().getEndpointUri();
        boolean isDelivery = (from.startsWith("exports:") || from.startsWith("direct:"))
                && !from.equals(use.uri())
                && endpoint instanceof FileEndpoint;
        if (!isDelivery || !setting(context, "relay.ledger.url").startsWith("jdbc:postgresql:")) {
            return Optional.empty();
        }
        Path data = Path.of(setting(context, "relay.data-dir"));
        Path directory = ((FileEndpoint) endpoint).getFile().toPath();
        if (!real(directory).startsWith(real(data))) {
            return Optional.empty();
        }
        String change = KEY.matcher(use.uri())
                .results()
                .findFirst()
                .map(key -> "set " + key.group(1))
                .orElse("change it");
        return Optional.of(new RouteFault(
                file,
                use.line(),
                "the directory " + directory + " is in relay.data-dir (" + data
                        + "), which instances that share a PostgreSQL ledger do not share, so each of them would have"
                        + " only the files that it delivered; " + change
                        + " to a directory outside relay.data-dir that all instances mount",
                false,
                RouteRule.UNSHARED_DIRECTORY));
    }

    private static String setting(CamelContext context, String name) {
        PropertiesComponent properties = context.getPropertiesComponent();
        return properties.resolveProperty(name).orElse("");
    }

    /** Follows the links of the part that exists: the directory is created at the first delivery. */
    private static Path real(Path path) {
        Path absolute = path.toAbsolutePath().normalize();
        for (Path existing = absolute; existing != null; existing = existing.getParent()) {
            try {
                if (Files.exists(existing)) {
                    return existing.toRealPath().resolve(existing.relativize(absolute));
                }
            } catch (IOException e) {
                return absolute;
            }
        }
        return absolute;
    }
}
