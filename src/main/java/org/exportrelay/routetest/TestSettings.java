package org.exportrelay.routetest;

import java.util.HashMap;
import java.util.Map;

/** The settings of a test, which win over those of the operator until they are closed. For one thread. */
final class TestSettings implements AutoCloseable {

    private final Map<String, String> before = new HashMap<>();

    TestSettings(Map<String, String> settings) {
        // Settings are read from system properties first, each time that a route is loaded.
        settings.forEach((key, value) -> before.put(key, System.setProperty(key, value)));
    }

    @Override
    public void close() {
        before.forEach((key, value) -> {
            if (value == null) {
                System.clearProperty(key);
            } else {
                System.setProperty(key, value);
            }
        });
    }
}
