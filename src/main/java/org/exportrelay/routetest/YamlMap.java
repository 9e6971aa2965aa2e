package org.exportrelay.routetest;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import org.exportrelay.config.NearestName;
import org.exportrelay.routes.YamlNodes;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;

/** A map of a test file, read by key. What is not as it should be is reported with its line. For one thread. */
final class YamlMap {

    private final TestFaults faults;
    private final String name;
    private final Node node;
    private final Map<String, NodeTuple> entries = new LinkedHashMap<>();

    /**
     * @param name of the key that has it, for messages
     */
    YamlMap(TestFaults faults, String name, Node node) {
        this.faults = faults;
        this.name = name;
        this.node = node;
        if (!(node instanceof MappingNode map)) {
            faults.add(node, name + " must be a map here; write 'key: value', one to a line, or {key: value, …}");
            return;
        }
        for (NodeTuple entry : map.getValue()) {
            String key = entry.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
            if (entries.putIfAbsent(key, entry) != null) {
                faults.add(entry.getKeyNode(), key + " is in this map twice; remove one of them");
            }
        }
    }

    /** 1 or more. */
    int line() {
        return YamlNodes.line(node);
    }

    Collection<String> keys() {
        return entries.keySet();
    }

    /**
     * Reports all other keys.
     *
     * @param prefix also keys that begin so; null for none
     */
    void allow(Collection<String> allowed, String prefix) {
        entries.forEach((key, entry) -> {
            if (!allowed.contains(key) && (prefix == null || !key.startsWith(prefix))) {
                faults.add(
                        entry.getKeyNode(),
                        key + " is not a key of " + name
                                + NearestName.of(key, allowed)
                                        .map(near -> "; did you mean " + near + "?")
                                        .orElse("")
                                + "; write one of " + String.join(", ", new TreeSet<>(allowed))
                                + (prefix == null ? "" : ", " + prefix + "NAME"));
            }
        });
    }

    /** The text of a key; empty if it is absent. */
    Optional<String> text(String key) {
        Node value = value(key);
        if (value == null || value instanceof ScalarNode) {
            return Optional.ofNullable((ScalarNode) value).map(ScalarNode::getValue);
        }
        faults.add(value, key + " must be a text here, not a list or a map");
        return Optional.empty();
    }

    /** The text of a key that must not be absent or empty; empty if it is. */
    String required(String key) {
        String text = text(key).orElse("");
        if (text.isBlank() && !(value(key) instanceof MappingNode) && !(value(key) instanceof SequenceNode)) {
            faults.add(node, name + " has no " + key + "; add " + key + ": …");
        }
        return text;
    }

    /** A whole number, 0 or more. */
    OptionalInt number(String key) {
        Optional<String> text = text(key);
        if (text.isPresent() && !text.get().matches("\\d{1,7}")) {
            fault(key, key + "=" + text.get() + " is not a whole number; write 0 to 9999999");
            return OptionalInt.empty();
        }
        return text.map(Integer::parseInt).map(OptionalInt::of).orElseGet(OptionalInt::empty);
    }

    /** Whether a key is true; false if it is absent. */
    boolean isTrue(String key) {
        String text = text(key).orElse("false");
        if (!text.equals("true") && !text.equals("false")) {
            fault(key, key + "=" + text + " is neither true nor false");
        }
        return text.equals("true");
    }

    Optional<Instant> instant(String key) {
        try {
            return text(key).map(Instant::parse);
        } catch (DateTimeException e) {
            fault(
                    key,
                    key + "=" + text(key).orElse("") + " is not a time in UTC; write one such as 2026-02-17T15:30:00Z");
            return Optional.empty();
        }
    }

    /** One of some words; the default if it is absent or another one. */
    String oneOf(String key, Collection<String> words, String otherwise) {
        String text = text(key).orElse(otherwise);
        if (!words.contains(text)) {
            fault(key, unknown(key, text, words));
            return otherwise;
        }
        return text;
    }

    /** A text or a list of texts. */
    List<String> texts(String key) {
        Node value = value(key);
        if (value == null || value instanceof ScalarNode) {
            return text(key).map(List::of).orElse(List.of());
        }
        return items(key).stream()
                .filter(item -> {
                    if (!(item instanceof ScalarNode)) {
                        faults.add(item, key + " must be a list of texts");
                    }
                    return item instanceof ScalarNode;
                })
                .map(item -> ((ScalarNode) item).getValue())
                .toList();
    }

    /** As {@link #texts}, each with its line; of several that are the same, the first one's. */
    Map<String, Integer> lines(String key) {
        Map<String, Integer> lines = new LinkedHashMap<>();
        texts(key).forEach(text -> lines.put(text, 0));
        items(key).stream()
                .filter(ScalarNode.class::isInstance)
                .forEach(item -> lines.merge(
                        ((ScalarNode) item).getValue(),
                        YamlNodes.line(item),
                        (first, line) -> first == 0 ? line : first));
        return lines;
    }

    /** A list of maps, or one map. */
    List<YamlMap> maps(String key) {
        return items(key).stream().map(item -> new YamlMap(faults, key, item)).toList();
    }

    /** A map of texts, in its order. */
    Map<String, String> textsByKey(String key) {
        Map<String, String> texts = new LinkedHashMap<>();
        if (value(key) != null) {
            YamlMap map = new YamlMap(faults, key, value(key));
            map.keys().forEach(each -> texts.put(each, map.text(each).orElse("")));
        }
        return texts;
    }

    boolean has(String key) {
        return entries.containsKey(key);
    }

    void fault(String key, String message) {
        faults.add(has(key) ? entries.get(key).getKeyNode() : node, message);
    }

    static String unknown(String key, String value, Collection<String> words) {
        return key + "=" + value + " is not known"
                + NearestName.of(value, words)
                        .map(near -> "; did you mean " + near + "?")
                        .orElse("") + "; write one of "
                + String.join(", ", words);
    }

    private List<Node> items(String key) {
        Node value = value(key);
        if (value == null
                || value instanceof ScalarNode scalar && scalar.getValue().isEmpty()) {
            return List.of();
        }
        return value instanceof SequenceNode list ? new ArrayList<>(list.getValue()) : List.of(value);
    }

    private Node value(String key) {
        return has(key) ? entries.get(key).getValueNode() : null;
    }
}
