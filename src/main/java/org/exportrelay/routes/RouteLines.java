package org.exportrelay.routes;

import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** Finds the line of something that Camel reports with the line of its step. */
final class RouteLines {

    private RouteLines() {}

    /**
     * The line in which an option of a step stands.
     *
     * @param line of the step, 1 or more
     * @return the step's line if the option is not below it
     */
    static int ofOption(String text, int line, String option) {
        Pattern key = Pattern.compile("[\\s-]*[\"']?" + Pattern.quote(option) + "[\"']?\\s*:.*");
        return below(text, line, candidate -> key.matcher(candidate).matches());
    }

    /**
     * The line in which an expression of a step stands.
     *
     * @param expression as the file has it, or with the values of its {{keys}}
     */
    static int ofExpression(String text, int line, String expression) {
        return below(text, line, candidate -> candidate.contains(expression));
    }

    /** The first one of a step's lines, which are indented further than its first line. */
    private static int below(String text, int line, Predicate<String> isWanted) {
        List<String> lines = text.lines().toList();
        if (line < 1 || line > lines.size()) {
            return line;
        }
        int indentation = indentation(lines.get(line - 1));
        for (int i = line; i < lines.size(); i++) {
            String candidate = lines.get(i);
            if (!candidate.isBlank() && indentation(candidate) <= indentation) {
                break;
            }
            if (isWanted.test(candidate)) {
                return i + 1;
            }
        }
        return line;
    }

    private static int indentation(String line) {
        return line.length() - line.stripLeading().length();
    }
}
