package org.exportrelay.routetest;

import java.util.OptionalInt;
import java.util.Set;

/**
 * What endpoints do instead of accepting a message.
 *
 * @param endpoint which endpoints: a glob over their URIs
 * @param times for how many messages; empty for all of the test
 * @param as what fails, one of the names of {@link FaultCatalog}
 * @param line where it stands, 1 or more
 */
public record GivenFault(EndpointPattern endpoint, OptionalInt times, String as, int line) {

    /** Its keys in a test file. */
    static final Set<String> KEYS = Set.of("endpoint", "times", "as");
}
