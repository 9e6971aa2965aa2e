package org.exportrelay.console;

import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * A page.
 *
 * @param path with parameters as {@code {name}}
 * @param section of the navigation
 * @param template its file
 * @param parameters the names of its query's parameters
 * @param content blocks; returns maps, lists and simple values, and the page's {@code title}
 */
record Page(
        String path,
        String section,
        String template,
        Set<String> parameters,
        Function<Call, Map<String, Object>> content) {}
