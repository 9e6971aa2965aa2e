package org.exportrelay.routes;

import java.util.List;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** The ids of the routes of a file, read without Camel. */
final class RouteIds {

    private RouteIds() {}

    /** In their order; none if the text is not YAML. */
    static Stream<String> in(RouteFile file) {
        return YamlNodes.documents(file.text()).orElse(List.of()).stream()
                .filter(SequenceNode.class::isInstance)
                .flatMap(list -> ((SequenceNode) list).getValue().stream())
                .flatMap(entry -> value(entry, "route"))
                .flatMap(route -> value(route, "id"))
                .filter(ScalarNode.class::isInstance)
                .map(id -> ((ScalarNode) id).getValue());
    }

    private static Stream<Node> value(Node node, String key) {
        return node instanceof MappingNode map
                ? map.getValue().stream()
                        .filter(entry -> entry.getKeyNode() instanceof ScalarNode name
                                && name.getValue().equals(key))
                        .map(entry -> entry.getValueNode())
                : Stream.empty();
    }
}
