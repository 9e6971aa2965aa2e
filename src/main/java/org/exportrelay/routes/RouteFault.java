package org.exportrelay.routes;

import java.nio.file.Path;

/**
 * Something wrong in a route file.
 *
 * @param file relative to the working directory
 * @param line 1 or more; 0 if the whole file is meant
 * @param message what is wrong and how to fix it
 * @param stops whether the route cannot run; if not, it is a warning
 * @param rule what it is about
 */
public record RouteFault(Path file, int line, String message, boolean stops, RouteRule rule) {

    /** A fault, or a warning that no comment can switch off. */
    public RouteFault(Path file, int line, String message, boolean stops) {
        this(file, line, message, stops, RouteRule.FAULT);
    }

    static RouteFault warning(Path file, int line, RouteRule rule, String message) {
        return new RouteFault(file, line, message, false, rule);
    }

    /** {@code file:line: message}, as editors and compilers have it. */
    @Override
    public String toString() {
        return file + ":" + Math.max(1, line) + ": " + (stops ? "" : "warning: ") + message;
    }
}
