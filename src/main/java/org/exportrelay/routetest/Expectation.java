package org.exportrelay.routetest;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.exportrelay.delivery.NamePattern;
import org.exportrelay.routetest.Observation.Kind;

/**
 * What must have happened when a test has ended.
 *
 * @param kind what it is about
 * @param line where it stands, 1 or more
 * @param wanted a glob for each key
 * @param times how often; empty for at least once, and for outcomes: for all that the selecting keys select
 */
public record Expectation(Kind kind, int line, Map<String, String> wanted, OptionalInt times) {

    /** How often; beside the keys of each kind. */
    static final String TIMES = "times";
    /** The beginning of a key that names a header. */
    static final String HEADER = "header.";

    /** The facts of an export that {@code ${…}} stands for. */
    static final List<String> VARIABLES = List.of(
            "delivery.id",
            "export.created_at",
            "export.file",
            "export.filename",
            "export.id",
            "export.name",
            "export.records",
            "export.sha256",
            "export.size");

    /** The outcomes that can be expected. */
    static final List<String> OUTCOMES =
            List.of("delivered", "expired", "not recorded", "not wanted", "parked", "recorded", "skipped", "waiting");

    static final Pattern VARIABLE = Pattern.compile("\\$\\{([^}]*)}");

    /** The keys of an outcome that say which one is meant, not what it is to be. */
    private static final Set<String> SELECTING = Set.of("export", "file", "destination");

    public Expectation {
        wanted = new LinkedHashMap<>(wanted);
    }

    /** The keys of an expectation of a kind, without headers. */
    static Set<String> keys(Kind kind) {
        return switch (kind) {
            case MESSAGE -> Set.of("endpoint", "file", "body", "body.sha256", "body.size", "records", "export", TIMES);
            case OUTCOME -> Set.of("outcome", "export", "file", "destination", "attempts", "error", TIMES);
            case LOG -> Set.of("log", TIMES);
            case EVENT -> Set.of("event", "destination", "message", "export", TIMES);
        };
    }

    /** Compares it with what happened. */
    Verdict check(List<Observation> all) {
        List<Observation> candidates = all.stream()
                .filter(observation -> observation.kind() == kind)
                .filter(observation -> kind != Kind.OUTCOME || selects(observation))
                .toList();
        long found = candidates.stream().filter(this::matches).count();
        boolean holds = times.isPresent()
                ? found == times.getAsInt()
                : kind == Kind.OUTCOME ? found > 0 && found == candidates.size() : found > 0;
        return new Verdict(this, holds, found, candidates);
    }

    private boolean selects(Observation observation) {
        return wanted.keySet().stream().filter(SELECTING::contains).allMatch(key -> matches(key, observation));
    }

    private boolean matches(Observation observation) {
        return wanted.keySet().stream().allMatch(key -> matches(key, observation));
    }

    /** Whether one key is as expected. */
    boolean matches(String key, Observation observation) {
        String value = observation.values().get(key);
        String glob = expected(key, observation);
        return switch (key) {
            case "endpoint" -> new EndpointPattern(glob).matches(value);
            case "outcome" -> glob.equals("recorded") ? !value.equals("not recorded") : glob.equals(value);
            default -> value != null && new NamePattern(glob).matches(value);
        };
    }

    /** The glob of a key, with the facts of the export. */
    String expected(String key, Observation observation) {
        return VARIABLE.matcher(wanted.get(key))
                .replaceAll(found ->
                        Matcher.quoteReplacement(observation.variables().getOrDefault(found.group(1), found.group())));
    }

    /**
     * Whether an expectation holds.
     *
     * @param found how many candidates are as expected
     * @param candidates what happened of its kind
     */
    record Verdict(Expectation expectation, boolean holds, long found, List<Observation> candidates) {

        /** The one that is most like the expectation; null if nothing of its kind happened. */
        Observation nearest() {
            return candidates.stream()
                    .filter(candidate -> !expectation.matches(candidate))
                    .max(Comparator.comparingLong(candidate -> expectation.wanted().keySet().stream()
                            .filter(key -> expectation.matches(key, candidate))
                            .count()))
                    .orElse(null);
        }
    }
}
