package org.exportrelay.routetest;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.exportrelay.config.Counts;
import org.exportrelay.delivery.DeliveryState;
import org.exportrelay.routes.RouteHazards;
import org.exportrelay.routetest.GuaranteeJournal.Again;
import org.exportrelay.routetest.GuaranteeJournal.Entry;
import org.exportrelay.routetest.GuaranteeJournal.Kind;

/**
 * What a route keeps of its guarantees: compares what endpoints have accepted in the rounds, with kills and faults, with
 * what they have accepted in the calm run. Immutable.
 */
public final class GuaranteeReport {

    private static final int MOST_EXAMPLES = 5;

    private final Map<String, Row> rows = new TreeMap<>();
    private final Set<String> findings = new TreeSet<>();
    private final List<String> lost = new ArrayList<>();
    private final List<String> unfinished = new ArrayList<>();
    private final List<String> refused = new ArrayList<>();
    private final List<String> undeliverable = new ArrayList<>();
    private final int delivered;
    private final long faults;

    /** What one kind of endpoint has received. */
    private static final class Row {

        private int messages;
        private int lost;
        private final Set<String> half = new TreeSet<>();
        private int duplicate;
        private final Map<Again, Integer> repeated = new EnumMap<>(Again.class);
    }

    /**
     * @param calm of a run in which nothing failed
     * @param rounds of all others
     */
    public GuaranteeReport(GuaranteeJournal calm, GuaranteeJournal rounds) {
        this(calm.entries(), rounds.entries());
    }

    GuaranteeReport(List<Entry> calm, List<Entry> rounds) {
        Map<String, Entry> planned = outcomes(calm);
        Map<String, Entry> ended = outcomes(rounds);
        Map<String, List<Entry>> received = messages(rounds, ended.values());
        faults = of(Kind.FAULT, rounds).count();
        of(Kind.HALF, rounds).forEach(half -> {
            row(half).half.add(half.endpoint() + "/" + half.part());
            findings.add(half.text());
        });
        Stream.concat(of(Kind.FINDING, calm), of(Kind.FINDING, rounds)).forEach(entry -> findings.add(entry.text()));
        delivered = (int)
                planned.values().stream().filter(GuaranteeReport::isDelivered).count();
        planned.forEach((delivery, outcome) -> compareStates(outcome, ended.get(delivery)));
        messages(calm, planned.values()).forEach((place, expected) -> {
            Entry outcome = ended.get(expected.get(0).delivery());
            List<Entry> actual = received.getOrDefault(place, List.of());
            row(expected.get(0)).messages += expected.size();
            if (outcome != null && (isDelivered(outcome) || is(DeliveryState.SKIPPED, outcome))) {
                compareLost(expected, actual, outcome);
            }
            compareRepeated(expected, actual);
        });
        if (!lost.isEmpty()) {
            of(Kind.LOSES, calm).forEach(entry -> findings.add(entry.text()));
        }
        if (rows.values().stream().anyMatch(row -> row.duplicate > 0)) {
            of(Kind.REPEATS, calm).forEach(entry -> findings.add(entry.text()));
        }
    }

    private static Stream<Entry> of(Kind kind, List<Entry> entries) {
        return entries.stream().filter(entry -> entry.kind() == kind);
    }

    /** The last state of each delivery, by what is the same in all ledgers. */
    private static Map<String, Entry> outcomes(List<Entry> entries) {
        Map<String, Entry> outcomes = new LinkedHashMap<>();
        of(Kind.OUTCOME, entries).forEach(entry -> outcomes.put(entry.endpoint() + "/" + entry.part(), entry));
        return outcomes;
    }

    /** What an endpoint has accepted of a delivery, which has the name of {@link #outcomes} in place of its id. */
    private static Map<String, List<Entry>> messages(List<Entry> entries, Collection<Entry> outcomes) {
        Map<String, String> names = new HashMap<>();
        outcomes.forEach(outcome -> names.put(outcome.delivery(), outcome.endpoint() + "/" + outcome.part()));
        Map<String, List<Entry>> messages = new LinkedHashMap<>();
        of(Kind.ACCEPTED, entries).forEach(entry -> {
            String delivery = names.getOrDefault(entry.delivery(), "");
            messages.computeIfAbsent(delivery + "\t" + entry.endpoint(), place -> new ArrayList<>())
                    .add(new Entry(
                            entry.kind(),
                            delivery,
                            entry.endpoint(),
                            entry.part(),
                            entry.note(),
                            entry.numbered(),
                            entry.text()));
        });
        return messages;
    }

    private Row row(Entry message) {
        return rows.computeIfAbsent(EndpointPattern.scheme(message.endpoint()), scheme -> new Row());
    }

    private static boolean is(DeliveryState state, Entry outcome) {
        return outcome.note().equals(state.text());
    }

    private static boolean isDelivered(Entry outcome) {
        return is(DeliveryState.DELIVERED, outcome);
    }

    private void compareStates(Entry planned, Entry ended) {
        String name = name(planned);
        if (ended == null) {
            unfinished.add(name + " was not recorded in time");
        } else if (!DeliveryState.of(ended.note()).isFinal()) {
            unfinished.add(name + " is " + ended.note() + reason(ended));
        } else if (!isDelivered(planned) && !is(DeliveryState.SKIPPED, planned)) {
            undeliverable.add(name + " is " + planned.note() + reason(planned));
        } else if (isDelivered(planned) && !isDelivered(ended) && !is(DeliveryState.SKIPPED, ended)) {
            refused.add(name + " is " + ended.note() + reason(ended));
        }
    }

    private static String name(Entry outcome) {
        return "exports:" + outcome.endpoint() + ": " + outcome.part();
    }

    private static String reason(Entry outcome) {
        return outcome.text().isEmpty() ? "" : " (" + outcome.text() + ")";
    }

    private void compareLost(List<Entry> expected, List<Entry> actual, Entry outcome) {
        Entry first = expected.get(0);
        int missing = isFile(first)
                ? names(expected) - names(actual)
                : byPart(expected)
                        .mapToInt(message -> Math.max(0, count(message, expected) - count(message, actual)))
                        .sum();
        if (missing > 0) {
            row(first).lost += missing;
            lost.add(name(outcome) + " is " + outcome.note() + ", but "
                    + Counts.text(missing, "message has", "messages have") + " not arrived at " + first.endpoint()
                    + (first.text().equals(first.endpoint()) ? "" : " (" + first.text() + ")"));
        }
    }

    private void compareRepeated(List<Entry> expected, List<Entry> actual) {
        Row row = row(expected.get(0));
        int others = names(actual) - names(expected);
        if (isFile(expected.get(0)) && others > 0) {
            row.duplicate += others;
            findings.add(expected.get(0).text() + RouteHazards.CHANGED_NAME);
            return;
        }
        byPart(expected).forEach(message -> {
            int repeated = count(message, actual) - count(message, expected);
            if (repeated > 0) {
                repeated(row, message, repeated);
                if (Again.valueOf(message.note()) == Again.RECOGNIZABLE
                        && !message.part().isEmpty()
                        && !areNumbered(actual)) {
                    findings.add(message.text() + RouteHazards.SAME_ID);
                }
            }
        });
    }

    /** Whether one header has the number of the part in all messages. */
    private static boolean areNumbered(List<Entry> messages) {
        return messages.stream()
                .map(Entry::numberedHeaders)
                .reduce((some, others) -> some.stream().filter(others::contains).collect(Collectors.toSet()))
                .filter(names -> !names.isEmpty())
                .isPresent();
    }

    /** One message for each part. */
    private static Stream<Entry> byPart(List<Entry> messages) {
        Map<String, Entry> parts = new TreeMap<>();
        messages.forEach(message -> parts.putIfAbsent(message.part(), message));
        return parts.values().stream();
    }

    private void repeated(Row row, Entry message, int times) {
        Again again = Again.valueOf(message.note());
        row.repeated.merge(again, times, Integer::sum);
        row.duplicate += again.isHarmless() ? 0 : times;
        if (again == Again.UNKNOWN) {
            findings.add(message.text() + RouteHazards.NO_ID);
        } else if (again == Again.ADDED) {
            findings.add(message.text() + RouteHazards.APPENDED);
        }
    }

    private static boolean isFile(Entry message) {
        Again again = Again.valueOf(message.note());
        return again == Again.REPLACES || again == Again.ADDED;
    }

    private static int names(List<Entry> messages) {
        return (int) messages.stream().map(Entry::part).distinct().count();
    }

    private static int count(Entry message, List<Entry> messages) {
        return (int) messages.stream()
                .filter(entry -> entry.part().equals(message.part()))
                .count();
    }

    /** Whether the route has delivered anything when nothing failed. */
    public boolean hasDelivered() {
        return delivered > 0;
    }

    /** Whether nothing was lost, half-visible, without an end, or repeated in a way that receivers cannot recognize. */
    public boolean isKept() {
        return findings.isEmpty() && lost.isEmpty() && unfinished.isEmpty();
    }

    /** How many messages endpoints have refused, or not acknowledged. */
    public long faults() {
        return faults;
    }

    /** For an operator. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        lines.add(String.format("%-14s %9s %6s %6s %10s", "endpoint", "messages", "lost", "half", "duplicate"));
        rows.forEach((scheme, row) -> {
            String line = String.format(
                    "%-14s %9d %6d %6d %10d", scheme, row.messages, row.lost, row.half.size(), row.duplicate);
            String repeated = row.repeated.entrySet().stream()
                    .map(again -> again.getValue() + " " + again.getKey().text())
                    .collect(Collectors.joining(", "));
            lines.add(repeated.isEmpty() ? line : line + "   repeated: " + repeated);
        });
        examples(lines, "lost", lost);
        examples(lines, "not ended in time", unfinished);
        examples(lines, "not delivered when nothing failed, so not tested", undeliverable);
        examples(lines, "parked or expired, with their reasons in the ledger", refused);
        if (!findings.isEmpty()) {
            lines.add("");
            lines.addAll(findings);
        }
        return lines;
    }

    private static void examples(List<String> lines, String title, List<String> examples) {
        if (examples.isEmpty()) {
            return;
        }
        lines.add("");
        lines.add(title + ": " + Counts.deliveries(examples.size()));
        examples.stream().limit(MOST_EXAMPLES).forEach(example -> lines.add("  " + example));
        if (examples.size() > MOST_EXAMPLES) {
            lines.add("  …");
        }
    }
}
