package org.exportrelay.routes;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * A {@code {{key}}} of a route.
 *
 * @param text with its braces, default and mark of an optional one
 * @param line 1 or more
 */
record Placeholder(String text, int line) {

    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\{[!?]?([^{}:]+)(:[^{}]*)?}}");

    static Stream<Placeholder> in(Node node) {
        return node instanceof ScalarNode scalar
                ? in(scalar.getValue()).stream().map(text -> new Placeholder(text, YamlNodes.line(node)))
                : Stream.empty();
    }

    private static List<String> in(String text) {
        return PLACEHOLDER.matcher(text).results().map(result -> result.group()).toList();
    }

    String key() {
        Matcher matcher = PLACEHOLDER.matcher(text);
        return matcher.matches() ? matcher.group(1).strip() : text;
    }
}
