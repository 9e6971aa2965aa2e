package org.exportrelay.routes;

import java.util.List;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * Finds values that begin with {@code &} or {@code !}, which YAML reads as an anchor or a tag and Camel then drops. A file
 * in which such a value is empty cannot mean that; other files keep running, as they did.
 */
final class UnquotedMarks {

    private UnquotedMarks() {}

    /** A fault where nothing is left of the value, otherwise a warning. */
    static List<RouteFault> in(RouteFile file) {
        YamlNodes nodes = YamlNodes.of(file.text());
        return nodes.all().stream()
                .filter(ScalarNode.class::isInstance)
                .map(ScalarNode.class::cast)
                .filter(value -> isMarked(value) && !nodes.isAliased(value))
                .map(value -> fault(file, value))
                .toList();
    }

    private static boolean isMarked(ScalarNode value) {
        return value.getAnchor().isPresent() || hasTag(value);
    }

    /** Of the file's own, not one of YAML's types. */
    private static boolean hasTag(Node value) {
        String tag = value.getTag().getValue();
        return tag.startsWith("!") && tag.length() > 1;
    }

    private static RouteFault fault(RouteFile file, ScalarNode value) {
        String mark = hasTag(value) ? "!" : "&";
        String meaning = hasTag(value) ? "a tag" : "an anchor";
        return new RouteFault(
                file.path(),
                YamlNodes.line(value),
                "this value starts with " + mark + ", which YAML reads as " + meaning + " and not as part of the value;"
                        + " quote the value: \"" + mark + "…\"",
                value.getValue().isEmpty(),
                value.getValue().isEmpty() ? RouteRule.FAULT : RouteRule.UNQUOTED_MARK);
    }
}
