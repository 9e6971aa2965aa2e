package org.exportrelay.routes;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.exportrelay.config.NearestName;

/**
 * The warnings that comments of a route file switch off: {@code # export-relay: ignore RULE}, in the line of the warning or
 * in the comment lines directly above it.
 */
final class IgnoredRules {

    private static final Pattern COMMENT = Pattern.compile("(?:^|\\s)#\\s*export-relay:\\s*ignore\\b(.*)$");
    private static final Pattern ONLY_COMMENT = Pattern.compile("^\\s*#.*");

    private final Map<Integer, Set<String>> byLine = new HashMap<>();
    private final List<RouteFault> unknown = new ArrayList<>();

    private IgnoredRules() {}

    static IgnoredRules of(RouteFile file) {
        IgnoredRules ignored = new IgnoredRules();
        Set<String> pending = new HashSet<>();
        List<String> lines = file.text().lines().toList();
        for (int i = 0; i < lines.size(); i++) {
            Matcher comment = COMMENT.matcher(lines.get(i));
            Set<String> rules = comment.find() ? ignored.rules(file, i + 1, comment.group(1)) : Set.of();
            pending.addAll(rules);
            if (!ONLY_COMMENT.matcher(lines.get(i)).matches()) {
                ignored.byLine.put(i + 1, Set.copyOf(pending));
                pending.clear();
            }
        }
        return ignored;
    }

    private Set<String> rules(RouteFile file, int line, String text) {
        Set<String> rules = new HashSet<>();
        List<String> known = RouteRule.ignorable().map(RouteRule::text).toList();
        for (String name : text.strip().split("[,\\s]+")) {
            if (known.contains(name)) {
                rules.add(name);
            } else {
                unknown.add(RouteFault.warning(
                        file.path(),
                        line,
                        RouteRule.UNKNOWN_RULE,
                        "'" + name + "' is no rule that can be ignored"
                                + NearestName.of(name, known)
                                        .map(near -> "; did you mean " + near + "?")
                                        .orElse("; write one of " + String.join(", ", known))));
            }
        }
        return rules;
    }

    /** The findings in this file that are left. */
    List<RouteFault> filter(List<RouteFault> found) {
        return found.stream()
                .filter(fault -> fault.stops()
                        || !byLine.getOrDefault(fault.line(), Set.of())
                                .contains(fault.rule().text()))
                .toList();
    }

    /** Comments that name no rule. */
    Stream<RouteFault> unknown() {
        return unknown.stream();
    }
}
