package org.exportrelay.routes;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.exportrelay.config.NearestName;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Warnings about headers that no export has: in an expression, they are empty without a message. */
final class HeaderWarnings {

    private static final Pattern USED =
            Pattern.compile("\\bheaders?(?:\\.|:|\\[['\"]?)(Export[\\w-]*)", Pattern.CASE_INSENSITIVE);
    private static final Pattern NAME = Pattern.compile("Export[\\w-]*", Pattern.CASE_INSENSITIVE);
    /** What Camel's catalog knows of the components that set them. */
    private static final List<String> METADATA = List.of(
            "META-INF/org/exportrelay/component/exports.json", "META-INF/org/exportrelay/component/export-events.json");

    private HeaderWarnings() {}

    static List<RouteFault> in(RouteFile file) {
        List<ScalarNode> texts = YamlNodes.of(file.text()).all().stream()
                .filter(ScalarNode.class::isInstance)
                .map(ScalarNode.class::cast)
                .toList();
        Set<String> known = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        known.addAll(Known.HEADERS);
        // A header that the file sets itself stands alone, as its name.
        texts.stream()
                .map(ScalarNode::getValue)
                .filter(text -> NAME.matcher(text).matches())
                .forEach(known::add);
        return texts.stream().flatMap(text -> of(file, text, known)).toList();
    }

    private static Stream<RouteFault> of(RouteFile file, ScalarNode text, Set<String> known) {
        return USED.matcher(text.getValue())
                .results()
                .map(use -> use.group(1))
                .filter(name -> !known.contains(name))
                .map(name -> RouteFault.warning(
                        file.path(),
                        YamlNodes.line(text),
                        RouteRule.UNKNOWN_HEADER,
                        "no export has a header " + name + ", so it is empty here; "
                                + NearestName.of(name, known)
                                        .map(near -> "did you mean " + near + "?")
                                        .orElse("write one of " + String.join(", ", known))));
    }

    private static final class Known {

        static final List<String> HEADERS =
                METADATA.stream().flatMap(HeaderWarnings::headers).toList();
    }

    private static Stream<String> headers(String file) {
        try (InputStream metadata = HeaderWarnings.class.getClassLoader().getResourceAsStream(file)) {
            return new ObjectMapper()
                    .readTree(metadata).path("headers").properties().stream().map(Map.Entry::getKey);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
