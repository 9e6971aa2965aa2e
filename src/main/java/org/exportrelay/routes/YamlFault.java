package org.exportrelay.routes;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.camel.dsl.yaml.common.exception.DuplicateKeyException;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;

/** Explains why a route file is not YAML, or not the YAML of a route. Shows no value, which can be a password. */
final class YamlFault {

    /** A value without quotes. */
    private static final Pattern PLAIN = Pattern.compile("^\\s*(?:-\\s+)*([\\w.-]+):\\s+([^\\s\"'#])(.*)$");

    private static final Map<Character, String> MEANINGS = Map.of(
            '*', "an alias",
            '{', "a map",
            '|', "a block of text",
            '>', "a block of text",
            '%', "a directive",
            '@', "a reserved character",
            '`', "a reserved character");

    private YamlFault() {}

    static RouteFault of(RouteFile file, MarkedYamlEngineException thrown) {
        Optional<Mark> mark = thrown.getProblemMark().or(thrown::getContextMark);
        int line = mark.map(m -> m.getLine() + 1).orElse(0);
        String text =
                file.text().lines().skip(Math.max(0, line - 1)).findFirst().orElse("");
        String message = problem(thrown, text).orElseGet(() -> FaultText.firstLine(thrown.getProblem()));
        return new RouteFault(file.path(), line, message, true);
    }

    private static Optional<String> problem(MarkedYamlEngineException thrown, String line) {
        if (thrown instanceof DuplicateKeyException) {
            return Optional.of("two steps are in one list entry here; start each with '- '");
        }
        if (line.matches("\\s*\t.*")) {
            return Optional.of("this line is indented with a tab, which YAML does not allow; use spaces");
        }
        Matcher value = PLAIN.matcher(line);
        if (!value.matches()) {
            return Optional.empty();
        }
        String key = value.group(1);
        char first = value.group(2).charAt(0);
        boolean isMap = first == '{' && !value.group(3).startsWith("{");
        if (MEANINGS.containsKey(first) && !isMap) {
            return Optional.of("the value of " + key + " starts with " + first + ", which YAML reads as "
                    + MEANINGS.get(first) + "; quote the value: " + key + ": \"" + first + "…\"");
        }
        return value.group(3).contains(": ") && thrown.getProblem().contains("mapping values")
                ? Optional.of("the value of " + key
                        + " contains ': ', which YAML reads as another key; quote the value: " + key + ": \"…\"")
                : Optional.empty();
    }
}
