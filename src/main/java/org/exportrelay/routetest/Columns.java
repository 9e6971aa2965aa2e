package org.exportrelay.routetest;

import java.util.ArrayList;
import java.util.List;

/** Expected and received values side by side, no wider than a terminal of 80 columns with its indentation. */
final class Columns {

    /** Without the indentation below a test. */
    private static final int TERMINAL = 75;

    private static final int LEAST = 8;
    private static final String MARK = " <- differs";

    private final List<Row> rows = new ArrayList<>();

    private record Row(String key, String expected, String received, boolean differs) {}

    /**
     * @param differs whether the row is marked
     */
    void add(String key, String expected, String received, boolean differs) {
        rows.add(new Row(key, visible(expected), visible(received), differs));
    }

    List<String> lines() {
        int key = rows.stream().mapToInt(row -> row.key().length()).max().orElse(0);
        int widest = Math.max(LEAST, (TERMINAL - MARK.length() - 6 - key) / 2);
        int expected = width(rows.stream().map(Row::expected).toList(), widest);
        int received = width(rows.stream().map(Row::received).toList(), widest);
        List<String> lines = new ArrayList<>();
        lines.add(line(key, "", expected, "expected", received, "received"));
        for (Row row : rows) {
            List<String> left = wrapped(row.expected(), expected);
            List<String> right = wrapped(row.received(), received);
            for (int i = 0; i < Math.max(left.size(), right.size()); i++) {
                String line = line(
                        key,
                        i == 0 ? row.key() : "",
                        expected,
                        i < left.size() ? left.get(i) : "",
                        received,
                        i < right.size() ? right.get(i) : "");
                lines.add(row.differs() && i == 0 ? padded(line, 2 + key + 2 + expected + 2 + received) + MARK : line);
            }
        }
        return lines;
    }

    private static String line(int key, String name, int expected, String left, int received, String right) {
        return ("  " + padded(name, key) + "  " + padded(left, expected) + "  " + padded(right, received))
                .stripTrailing();
    }

    private static int width(List<String> values, int widest) {
        return values.stream()
                .mapToInt(value -> Math.min(widest, Math.max(LEAST, value.length())))
                .max()
                .orElse(LEAST);
    }

    private static String padded(String text, int width) {
        return text + " ".repeat(Math.max(0, width - text.length()));
    }

    private static List<String> wrapped(String text, int width) {
        List<String> lines = new ArrayList<>();
        for (int from = 0; from == 0 || from < text.length(); from += width) {
            lines.add(text.substring(from, Math.min(text.length(), from + width)));
        }
        return lines;
    }

    /** Line breaks and tabs as a test file writes them. */
    private static String visible(String text) {
        String line = text.replace("\\", "\\\\")
                .replace("\r", "\\r")
                .replace("\n", "\\n")
                .replace("\t", "\\t");
        return line.length() <= 400 ? line : line.substring(0, 400) + "…";
    }
}
