package org.exportrelay.routetest;

import java.time.Duration;
import java.util.List;

/**
 * How a test ended.
 *
 * @param test which
 * @param took from the loading of its routes to its end
 * @param failures one text for each expectation that does not hold, and one of what happened, of one or more lines; empty if it
 *     passed
 * @param isFault whether the routes or the test itself could not run, so that nothing was compared
 */
public record RouteTestResult(RouteTest test, Duration took, List<String> failures, boolean isFault) {

    public RouteTestResult {
        failures = List.copyOf(failures);
    }

    /** Whether everything was as expected. */
    public boolean passed() {
        return failures.isEmpty();
    }
}
