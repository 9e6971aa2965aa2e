package org.exportrelay.routes;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.camel.dsl.yaml.common.exception.DuplicateKeyException;
import org.exportrelay.config.NearestName;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/** Explains why a route file is not YAML, or not the YAML of a route. Shows no value, which can be a password. */
final class YamlFault {

    private static final Pattern UNSUPPORTED_FIELD = Pattern.compile("Unsupported field: (\\S+)");
    private static final Pattern UNKNOWN_STEP = Pattern.compile("Unknown node id: (\\S+)");
    /** A value without quotes. */
    private static final Pattern PLAIN = Pattern.compile("^\\s*(?:-\\s+)*([\\w.-]+):\\s+([^\\s\"'#])(.*)$");

    private static final List<String> COMMON_KEYS =
            List.of("description", "expression", "from", "id", "name", "parameters", "simple", "steps", "uri");

    private static final Map<Character, String> MEANINGS = Map.ofEntries(
            Map.entry('*', "an alias"),
            Map.entry('{', "a map"),
            Map.entry('}', "the end of a map"),
            Map.entry(']', "the end of a list"),
            Map.entry(',', "a separator"),
            Map.entry('-', "an entry of a list"),
            Map.entry('?', "a key"),
            Map.entry('&', "an anchor"),
            Map.entry('!', "a tag"),
            Map.entry('|', "a block of text"),
            Map.entry('>', "a block of text"),
            Map.entry('%', "a directive"),
            Map.entry('@', "a reserved character"),
            Map.entry('`', "a reserved character"));

    /** What YAML's parser reports, and what an operator can do about it. */
    private static final List<Explanation> EXPLANATIONS = List.of(
            Explanation.of(
                    "another document",
                    "a second YAML document begins here; remove the line '---', so that the file is one list"),
            Explanation.of("TAB", "this line contains a tab where YAML allows spaces only; replace it"),
            Explanation.of("found unexpected end of stream", "a quote that is not closed; close it"),
            Explanation.of(
                    "unknown escape character",
                    "in double quotes, \\ starts an escape, and this one does not exist; write \\\\, or use single quotes"),
            Explanation.of(
                    "found '<scalar>'",
                    "the value ends at its closing quote, but text follows it; put the quotes around all of it"),
            Explanation.of(
                    "unexpected character found ,",
                    "a value that starts with * or & ends at a comma here; quote it"),
            Explanation.of(
                    "found '<block|<block end>",
                    "the indentation of this line does not match the lines above it; align it with the keys of its block"),
            Explanation.of(
                    "mapping values are not allowed",
                    "a key cannot stand here; correct the indentation, or quote a value that contains ': '"),
            Explanation.of(
                    "could not find expected ':'",
                    "this line is no 'key: value'; add the colon, or indent a longer text"));

    private YamlFault() {}

    static RouteFault of(RouteFile file, MarkedYamlEngineException thrown) {
        Optional<Mark> problem = thrown.getProblemMark().or(thrown::getContextMark);
        Optional<RouteFault> unclosed =
                thrown.getContextMark().flatMap(start -> unclosed(file, thrown, start, problem));
        if (unclosed.isPresent()) {
            return unclosed.get();
        }
        int line = lineOfField(file, thrown, problem.map(YamlFault::line).orElse(0));
        String text =
                file.text().lines().skip(Math.max(0, line - 1)).findFirst().orElse("");
        return new RouteFault(
                file.path(),
                line,
                besideStep(file, thrown)
                        .or(() -> ofLine(thrown, text))
                        .orElseGet(() -> explained(thrown.getProblem())),
                true);
    }

    /** Camel reports an unknown key with the line of its value. */
    private static int lineOfField(RouteFile file, MarkedYamlEngineException thrown, int reported) {
        Matcher field = UNSUPPORTED_FIELD.matcher(String.valueOf(thrown.getProblem()));
        if (!field.find()) {
            return reported;
        }
        List<String> lines = file.text().lines().limit(reported).toList();
        Pattern key = Pattern.compile("[\\s-]*" + Pattern.quote(field.group(1)) + "\\s*:.*");
        return IntStream.iterate(lines.size(), line -> line > 0, line -> line - 1)
                .filter(line -> key.matcher(lines.get(line - 1)).matches())
                .findFirst()
                .orElse(reported);
    }

    /** Two keys where one step stands: perhaps the second one belongs to the first. */
    private static Optional<String> besideStep(RouteFile file, MarkedYamlEngineException thrown) {
        if (!(thrown instanceof DuplicateKeyException) || thrown.getProblemMark().isEmpty()) {
            return Optional.empty();
        }
        int line = line(thrown.getProblemMark().get());
        return YamlNodes.of(file.text()).all().stream()
                .filter(node -> node instanceof MappingNode && YamlNodes.line(node) == line)
                .map(node -> ((MappingNode) node)
                        .getValue().stream()
                                .map(entry -> entry.getKeyNode() instanceof ScalarNode key ? key.getValue() : "")
                                .toList())
                .filter(keys -> keys.size() > 1 && StepNames.contains(keys.get(0)))
                .flatMap(keys -> keys.stream()
                        .skip(1)
                        .filter(key -> !StepNames.contains(key))
                        .map(key -> key + " is beside " + keys.get(0) + ", not in it; indent it and the lines below it"
                                + " further"))
                .findFirst();
    }

    /** A character that YAML does not allow anywhere. */
    static RouteFault of(RouteFile file, ReaderException thrown) {
        long line = file.text()
                        .codePoints()
                        .limit(thrown.getPosition())
                        .filter(character -> character == '\n')
                        .count()
                + 1;
        return new RouteFault(
                file.path(),
                (int) line,
                "this line contains " + named(thrown.getCodePoint()) + ", which YAML does not allow; remove it",
                true);
    }

    /** A character as it can be printed. */
    static String named(int character) {
        boolean isPrintable = character > ' ' && character < 0x7F;
        return "the character " + (isPrintable ? Character.toString(character) : "U+%04X".formatted(character));
    }

    private static int line(Mark mark) {
        return mark.getLine() + 1;
    }

    /** A bracket or a quote that is open at the end of its line: YAML reports the line in which it notices. */
    private static Optional<RouteFault> unclosed(
            RouteFile file, MarkedYamlEngineException thrown, Mark start, Optional<Mark> problem) {
        String context = String.valueOf(thrown.getContext());
        boolean isQuote = context.contains("quoted scalar");
        boolean isBracket = context.contains("flow sequence") || context.contains("flow mapping");
        if (!isQuote && !isBracket
                || problem.filter(mark -> line(mark) > line(start)).isEmpty()) {
            return Optional.empty();
        }
        String opened = isQuote ? "quote" : context.contains("sequence") ? "[" : "{";
        return Optional.of(new RouteFault(
                file.path(),
                line(start),
                "the " + opened + " that opens in this line is not closed; close it"
                        + (isQuote ? "" : ", or put the value in quotes"),
                true));
    }

    private static String explained(String problem) {
        String text = FaultText.firstLine(String.valueOf(problem));
        Matcher field = UNSUPPORTED_FIELD.matcher(text);
        if (field.matches()) {
            return field.group(1) + " is not a key that can stand here; "
                    + NearestName.of(field.group(1), COMMON_KEYS)
                            .map(near -> "did you mean " + near + "?")
                            .orElse("correct its name or its indentation");
        }
        Matcher step = UNKNOWN_STEP.matcher(text);
        if (step.matches()) {
            return "there is no step " + step.group(1) + "; "
                    + StepNames.nearest(step.group(1))
                            .map(near -> "did you mean " + near + "?")
                            .orElse("correct its name or its indentation");
        }
        return EXPLANATIONS.stream()
                .filter(explanation -> explanation.problem().matcher(text).find())
                .map(Explanation::text)
                .findFirst()
                .orElse(text + "; correct the indentation and the quotes in this line and above it");
    }

    private static Optional<String> ofLine(MarkedYamlEngineException thrown, String line) {
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
        boolean isOrdinary = (first == '-' || first == '?') && !value.group(3).startsWith(" ");
        if (MEANINGS.containsKey(first) && !isMap && !isOrdinary) {
            return Optional.of("the value of " + key + " starts with " + first + ", which YAML reads as "
                    + MEANINGS.get(first) + "; quote the value: " + key + ": \"" + first + "…\"");
        }
        return value.group(3).contains(": ") && thrown.getProblem().contains("mapping values")
                ? Optional.of("the value of " + key
                        + " contains ': ', which YAML reads as another key; quote the value: " + key + ": \"…\"")
                : Optional.empty();
    }

    /**
     * @param problem part of what the parser reports
     * @param text what is wrong and how to fix it
     */
    private record Explanation(Pattern problem, String text) {

        static Explanation of(String problem, String text) {
            return new Explanation(Pattern.compile(problem), text);
        }
    }
}
