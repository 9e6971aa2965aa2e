package org.exportrelay.routes;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.camel.CamelContext;
import org.apache.camel.model.RouteDefinition;
import org.apache.camel.util.StringHelper;
import org.apache.camel.util.URISupport;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.ledger.DestinationState;

/**
 * A destination as a route file has it.
 *
 * @param file with the route
 * @param name of the destination
 * @param pattern which exports it selects
 * @param backfill whether it also receives exports of the past
 * @param manifestOf the destination whose files its manifests list; null if it receives files, links or records
 * @param window when it receives deliveries, as its route has it; null for any time
 */
public record PlannedDestination(
        Path file, String name, NamePattern pattern, boolean backfill, String manifestOf, String window) {

    /** Empty if the route does not begin at {@code exports:}. */
    static Optional<PlannedDestination> of(CamelContext context, Path file, RouteDefinition route) {
        return RouteCheck.destination(context, route).map(name -> {
            Map<String, Object> options = options(context, route.getInput().getEndpointUri());
            return new PlannedDestination(
                    file,
                    name,
                    new NamePattern(options.getOrDefault("name", "*").toString()),
                    !"false".equals(options.getOrDefault("backfill", "true").toString()),
                    Objects.toString(options.get("of"), null),
                    Objects.toString(options.get("window"), null));
        });
    }

    /** Whether it selects the same exports as the destination that the ledger knows. */
    boolean selectsAs(DestinationState known) {
        return known.pattern().equals(pattern.toString())
                && known.backfill() == backfill
                && Objects.equals(known.manifestOf(), manifestOf);
    }

    private static Map<String, Object> options(CamelContext context, String uri) {
        try {
            return URISupport.parseQuery(
                    StringHelper.after(context.resolvePropertyPlaceholders(uri), "?", ""), false, true);
        } catch (URISyntaxException e) {
            throw new IllegalArgumentException(e);
        }
    }
}
