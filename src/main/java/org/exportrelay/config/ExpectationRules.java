package org.exportrelay.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.exportrelay.config.RelaySettings.Expectation;

/** The rules on expectations. */
final class ExpectationRules {

    static final String PREFIX = "relay.expect.";

    /** A label of metrics, and part of a variable's name. */
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]{1,64}");

    /** A day can have 23 hours. */
    private static final Duration LONGEST_WARNING = Duration.ofHours(23);

    private ExpectationRules() {}

    /**
     * @param expectations by their names
     * @return a line for each violation
     */
    static List<String> check(Map<String, Expectation> expectations) {
        List<String> problems = new ArrayList<>();
        expectations.forEach((name, expectation) -> {
            String key = PREFIX + name;
            if (!NAME.matcher(name).matches()) {
                problems.add(key + ": " + name
                        + " is not a name of an expectation; write 1 to 64 letters, digits, '-' and" + " '_'");
            }
            if (expectation.atLeast() < 1) {
                problems.add(key + ".at-least=" + expectation.atLeast() + ": out of range; write 1 or more");
            }
            if (expectation.warnBefore().compareTo(LONGEST_WARNING) > 0) {
                problems.add(key + ".warn-before=" + Durations.text(expectation.warnBefore())
                        + ": out of range; write 0s to 23h");
            }
        });
        return problems;
    }

    /** What to do about a required key of an expectation that is missing. */
    static String missing(String key) {
        return key + " has no value; an expectation needs 'exports' and 'by', such as " + PREFIX
                + "NAME.exports=properties_* and " + PREFIX + "NAME.by=06:00";
    }
}
