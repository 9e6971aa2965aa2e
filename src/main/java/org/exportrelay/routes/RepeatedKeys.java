package org.exportrelay.routes;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Finds keys that a block of a route file has twice. Camel reads such a file, and mostly ignores the first value. */
final class RepeatedKeys {

    private RepeatedKeys() {}

    /** A warning for each. */
    static List<RouteFault> in(RouteFile file) {
        return YamlNodes.in(file.text(), key -> true).stream()
                .filter(MappingNode.class::isInstance)
                .flatMap(block -> in(file.path(), (MappingNode) block))
                .toList();
    }

    private static Stream<RouteFault> in(Path file, MappingNode block) {
        Map<String, Node> first = new HashMap<>();
        return block.getValue().stream()
                .map(entry -> entry.getKeyNode() instanceof ScalarNode key ? repeated(file, key, first) : null)
                .flatMap(fault -> Optional.ofNullable(fault).stream());
    }

    private static RouteFault repeated(Path file, ScalarNode key, Map<String, Node> first) {
        Node before = first.putIfAbsent(key.getValue(), key);
        return before == null
                ? null
                : new RouteFault(
                        file,
                        YamlNodes.line(key),
                        key.getValue() + " is already in line " + YamlNodes.line(before)
                                + " of the same block, which can have it once; remove one of the two",
                        false,
                        RouteRule.REPEATED_KEY);
    }
}
