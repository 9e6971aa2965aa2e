package org.exportrelay.console;

import java.util.Set;
import java.util.function.Function;

/**
 * What a form of a page changes.
 *
 * @param path with parameters as {@code {name}}
 * @param fields the names of its fields, besides the token
 * @param action blocks; returns the path of the page that follows
 */
record Form(String path, Set<String> fields, Function<Call, String> action) {}
