package org.exportrelay.routetest;

import java.util.Map;

/**
 * Something that happened during a test.
 *
 * @param kind what
 * @param values by the keys under which an expectation names them
 * @param variables what {@code ${…}} in an expectation stands for: the facts of the export that is concerned
 */
public record Observation(Kind kind, Map<String, String> values, Map<String, String> variables) {

    /** What an expectation can be about, with the key that shows it. */
    public enum Kind {
        /** A message that an endpoint has accepted. */
        MESSAGE("endpoint"),
        /** What became of a delivery, or of an export without one. */
        OUTCOME("outcome"),
        /** A line that a route has logged. */
        LOG("log"),
        /** An event that the ledger has recorded. */
        EVENT("event");

        private final String key;

        Kind(String key) {
            this.key = key;
        }

        String key() {
            return key;
        }
    }

    public Observation {
        values = Map.copyOf(values);
        variables = Map.copyOf(variables);
    }
}
