package org.exportrelay.routetest;

import java.util.List;
import java.util.Map;

/**
 * One test.
 *
 * @param name what it shows
 * @param line where it begins, 1 or more
 * @param settings the keys of the routes, with those of the whole file
 * @param exports what the API lists
 * @param events what the ledger has recorded before
 * @param faults what the endpoints refuse, in the order of the file
 * @param expectations what must have happened in the end
 */
public record RouteTest(
        String name,
        int line,
        Map<String, String> settings,
        List<GivenExport> exports,
        List<GivenEvent> events,
        List<GivenFault> faults,
        List<Expectation> expectations) {

    public RouteTest {
        settings = Map.copyOf(settings);
        exports = List.copyOf(exports);
        events = List.copyOf(events);
        faults = List.copyOf(faults);
        expectations = List.copyOf(expectations);
    }
}
