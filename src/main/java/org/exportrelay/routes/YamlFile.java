package org.exportrelay.routes;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/**
 * A file of YAML other than a route.
 *
 * @param root its document; empty if there is a fault
 * @param fault why it cannot be read; empty if it can
 */
public record YamlFile(Optional<Node> root, Optional<RouteFault> fault) {

    /** Reads a file that has one document. */
    public static YamlFile read(Path path) {
        RouteFile file = RouteFile.read(path);
        if (file.problem() != null) {
            return faulty(new RouteFault(path, 0, file.problem(), true));
        }
        try {
            List<Node> documents = new ArrayList<>();
            new Compose(LoadSettings.builder().build())
                    .composeAllFromString(file.text())
                    .forEach(documents::add);
            return switch (documents.size()) {
                case 0 -> faulty(new RouteFault(path, 0, "is empty; write something, or remove it", true));
                case 1 -> new YamlFile(Optional.of(documents.get(0)), Optional.empty());
                default -> faulty(new RouteFault(
                        path,
                        YamlNodes.line(documents.get(1)),
                        "a second YAML document begins here; remove the line '---' above it",
                        true));
            };
        } catch (YamlEngineException e) {
            return faulty(FaultText.ofParsing(file, e));
        }
    }

    private static YamlFile faulty(RouteFault fault) {
        return new YamlFile(Optional.empty(), Optional.of(fault));
    }
}
