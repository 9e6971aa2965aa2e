package org.exportrelay.routes;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** The nodes of a YAML text in the order in which they are written. */
public final class YamlNodes {

    private final Predicate<String> wanted;
    /** An alias stands for a node that has been visited. */
    private final Set<Node> visited = new HashSet<>();

    private final Set<Node> aliased = new HashSet<>();

    private final List<Node> nodes = new ArrayList<>();

    private YamlNodes(Predicate<String> wanted) {
        this.wanted = wanted;
    }

    /** Those of the keys that are wanted; none if the text is not YAML, which the route check reports. */
    static List<Node> in(String text, Predicate<String> wanted) {
        return of(text, wanted).nodes;
    }

    /** All of them; none if the text is not YAML. */
    static YamlNodes of(String text) {
        return of(text, key -> true);
    }

    private static YamlNodes of(String text, Predicate<String> wanted) {
        YamlNodes all = new YamlNodes(wanted);
        documents(text).orElse(List.of()).forEach(all::visit);
        return all;
    }

    /** The roots of its documents; empty if the text is not YAML. */
    static Optional<List<Node>> documents(String text) {
        List<Node> documents = new ArrayList<>();
        try {
            new Compose(LoadSettings.builder().build())
                    .composeAllFromString(text)
                    .forEach(documents::add);
        } catch (YamlEngineException e) {
            return Optional.empty();
        }
        return Optional.of(documents);
    }

    List<Node> all() {
        return nodes;
    }

    /** Whether an alias refers to the node. */
    boolean isAliased(Node node) {
        return aliased.contains(node);
    }

    /** 1 or more. */
    public static int line(Node node) {
        return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(1);
    }

    private void visit(Node node) {
        if (!visited.add(node)) {
            aliased.add(node);
            return;
        }
        nodes.add(node);
        if (node instanceof SequenceNode sequence) {
            sequence.getValue().forEach(this::visit);
        } else if (node instanceof MappingNode mapping) {
            mapping.getValue().forEach(this::visit);
        }
    }

    private void visit(NodeTuple entry) {
        if (!(entry.getKeyNode() instanceof ScalarNode key) || wanted.test(key.getValue())) {
            visit(entry.getValueNode());
        }
    }
}
