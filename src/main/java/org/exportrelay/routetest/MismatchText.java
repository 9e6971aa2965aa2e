package org.exportrelay.routetest;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.exportrelay.config.Counts;
import org.exportrelay.routetest.Expectation.Verdict;
import org.exportrelay.routetest.Observation.Kind;

/** An expectation that does not hold: where it stands, and expected and received side by side. */
final class MismatchText {

    private static final int MOST_LISTED = 30;

    private final Path file;
    private final Verdict verdict;

    /**
     * @param file of the test
     */
    MismatchText(Path file, Verdict verdict) {
        this.file = file;
        this.verdict = verdict;
    }

    @Override
    public String toString() {
        List<String> lines = new ArrayList<>();
        lines.add(file + ":" + verdict.expectation().line() + ": " + summary());
        Observation nearest = verdict.nearest();
        if (nearest != null && !isOnlyTheCount()) {
            lines.addAll(compared(nearest));
        }
        return String.join("\n", lines);
    }

    /** Some are as expected: the others have nothing to do with it. */
    private boolean isOnlyTheCount() {
        return verdict.expectation().times().isPresent() && verdict.found() > 0;
    }

    private String summary() {
        Expectation expectation = verdict.expectation();
        String noun = noun(expectation.kind());
        if (expectation.times().isPresent()) {
            return "expected " + Counts.text(expectation.times().getAsInt(), noun, noun + "s") + " like this, received "
                    + verdict.found();
        }
        if (verdict.candidates().isEmpty()) {
            return "expected " + article(noun) + " like this, received none";
        }
        return expectation.kind() == Kind.OUTCOME
                ? "expected this outcome of all that are selected, received another one"
                : "expected " + article(noun) + " like this, received "
                        + Counts.text(verdict.candidates().size(), "other", "others");
    }

    private static String article(String noun) {
        return (noun.matches("[aeo].*") ? "an " : "a ") + noun;
    }

    private static String noun(Kind kind) {
        return switch (kind) {
            case MESSAGE -> "message";
            case OUTCOME -> "outcome";
            case LOG -> "log line";
            case EVENT -> "event";
        };
    }

    private List<String> compared(Observation nearest) {
        Expectation expectation = verdict.expectation();
        Columns columns = new Columns();
        expectation
                .wanted()
                .keySet()
                .forEach(key -> columns.add(
                        key,
                        expectation.expected(key, nearest),
                        nearest.values().getOrDefault(key, "(none)"),
                        !expectation.matches(key, nearest)));
        return columns.lines();
    }

    /**
     * What happened in a test, for all expectations that do not hold.
     *
     * @param observations all
     * @param expected of what kinds the expectations are: messages and outcomes are always listed
     */
    static String happened(List<Observation> observations, Set<Kind> expected) {
        List<String> lines = observations.stream()
                .filter(each -> each.kind() == Kind.MESSAGE
                        || each.kind() == Kind.OUTCOME
                        || expected.contains(each.kind()))
                .map(MismatchText::line)
                .toList();
        List<String> listed = new ArrayList<>();
        listed.add(lines.isEmpty() ? "What happened: nothing" : "What happened:");
        lines.stream().limit(MOST_LISTED).forEach(line -> listed.add("  " + line));
        if (lines.size() > MOST_LISTED) {
            listed.add("  and " + (lines.size() - MOST_LISTED) + " more");
        }
        return String.join("\n", listed);
    }

    private static String line(Observation each) {
        Map<String, String> values = each.values();
        return switch (each.kind()) {
            case MESSAGE -> "sent to " + values.get("endpoint")
                    + (values.containsKey("file") ? ": " + values.get("file") : "") + ", "
                    + Counts.text(Long.parseLong(values.get("body.size")), "byte", "bytes");
            case OUTCOME -> (values.containsKey("destination")
                            ? "exports:" + values.get("destination") + ": " + values.get("file")
                            : values.get("export"))
                    + " is " + values.get("outcome")
                    + (values.containsKey("attempts")
                            ? " after " + Counts.text(Long.parseLong(values.get("attempts")), "attempt", "attempts")
                            : "")
                    + (values.getOrDefault("error", "").isEmpty() ? "" : ": " + values.get("error"));
            case LOG -> "logged: " + values.get("log");
            case EVENT -> "event " + values.get("event")
                    + (values.containsKey("destination") ? " of exports:" + values.get("destination") : "") + ": "
                    + values.get("message");
        };
    }
}
