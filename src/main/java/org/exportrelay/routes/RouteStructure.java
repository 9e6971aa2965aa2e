package org.exportrelay.routes;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/**
 * Finds route files that define nothing. Camel ignores without a message a file that is not a list of definitions, and
 * entries of the list that are steps.
 */
final class RouteStructure {

    /** As the schema of Camel's YAML has them. */
    private static final Set<String> DEFINITIONS = Set.of(
            "beans",
            "dataFormats",
            "errorHandler",
            "from",
            "intercept",
            "interceptFrom",
            "interceptSendToEndpoint",
            "onCompletion",
            "onException",
            "rest",
            "restConfiguration",
            "route",
            "routeConfiguration",
            "routeTemplate",
            "templatedRoute");

    private static final String BEGIN = "begin the file with '- route:' and indent the lines below it";

    private RouteStructure() {}

    /** Each fault keeps the file from being loaded. None if the text is not YAML, which the route check reports. */
    static List<RouteFault> in(RouteFile file) {
        if (file.problem() != null) {
            return List.of(fault(file, 0, file.problem()));
        }
        if (file.text().isBlank()) {
            return List.of(fault(file, 0, "is empty; write a route, or remove it"));
        }
        return YamlNodes.documents(file.text())
                .map(documents -> inDocuments(file, documents))
                .orElse(List.of());
    }

    private static List<RouteFault> inDocuments(RouteFile file, List<Node> documents) {
        if (documents.isEmpty() || documents.size() == 1 && isEmpty(documents.get(0))) {
            return List.of(fault(file, 0, "defines nothing; write a route, or remove the file"));
        }
        if (documents.size() > 1) {
            return List.of(
                    fault(
                            file,
                            YamlNodes.line(documents.get(1)),
                            "a second YAML document begins here; remove the line '---' above it, so that the file is one list"));
        }
        Node root = documents.get(0);
        if (root instanceof SequenceNode list) {
            return list.getValue().stream()
                    .flatMap(entry -> inEntry(file, entry).stream())
                    .toList();
        }
        if (root instanceof MappingNode map) {
            return isKubernetes(map) ? List.of() : List.of(notAList(file, map));
        }
        return List.of(fault(file, YamlNodes.line(root), "this text is not a list of routes; " + BEGIN));
    }

    private static boolean isEmpty(Node root) {
        return root instanceof SequenceNode list && list.getValue().isEmpty()
                || root instanceof MappingNode map && map.getValue().isEmpty()
                || isNull(root);
    }

    private static boolean isNull(Node node) {
        return node instanceof ScalarNode scalar && Set.of("", "~", "null").contains(scalar.getValue());
    }

    /** Camel also reads resources of Kubernetes, which contain their routes. */
    private static boolean isKubernetes(MappingNode map) {
        return keys(map).anyMatch(key -> key.getValue().equals("kind"))
                && keys(map).anyMatch(key -> key.getValue().equals("spec"));
    }

    private static RouteFault notAList(RouteFile file, MappingNode map) {
        Optional<ScalarNode> first = keys(map).findFirst();
        String key = first.map(ScalarNode::getValue).orElse("");
        String action = isDefinition(key)
                ? "write '- " + key + ":' and indent the lines below it"
                : "remove this line, and " + BEGIN;
        return fault(
                file,
                YamlNodes.line(map),
                (key.isEmpty() ? "this map" : key + ":") + " is not in a list, so Camel would ignore it; " + action);
    }

    private static Optional<RouteFault> inEntry(RouteFile file, Node entry) {
        if (!(entry instanceof MappingNode map) || keys(map).findFirst().isEmpty()) {
            return Optional.of(fault(file, YamlNodes.line(entry), "this entry defines nothing; write '- route:'"));
        }
        ScalarNode key = keys(map).findFirst().get();
        if (!isDefinition(key.getValue())) {
            return Optional.of(fault(
                    file,
                    YamlNodes.line(key),
                    key.getValue() + " cannot stand at the top of a route file; "
                            + similar(key.getValue())
                                    .map(name -> "write '- " + name + ":'")
                                    .orElse("write '- route:', or put it under the steps of a route")));
        }
        Optional<ScalarNode> second = keys(map).skip(1).findFirst();
        if (second.isPresent()) {
            return Optional.of(fault(
                    file,
                    YamlNodes.line(second.get()),
                    second.get().getValue() + " is beside " + key.getValue()
                            + ", not in it; indent it further, or begin" + " another entry with '- '"));
        }
        Node value = map.getValue().get(0).getValueNode();
        return isNull(value)
                ? Optional.of(fault(
                        file,
                        YamlNodes.line(key),
                        key.getValue() + " is empty; indent the lines below it, or remove it"))
                : Optional.empty();
    }

    private static Stream<ScalarNode> keys(MappingNode map) {
        return map.getValue().stream()
                .map(NodeTuple::getKeyNode)
                .filter(ScalarNode.class::isInstance)
                .map(ScalarNode.class::cast);
    }

    private static boolean isDefinition(String key) {
        return DEFINITIONS.contains(key);
    }

    /** Earlier versions of Camel had hyphens in names. */
    private static Optional<String> similar(String key) {
        String plain = key.replace("-", "");
        return DEFINITIONS.stream().filter(plain::equalsIgnoreCase).findFirst();
    }

    private static RouteFault fault(RouteFile file, int line, String message) {
        return new RouteFault(file.path(), line, message, true);
    }
}
