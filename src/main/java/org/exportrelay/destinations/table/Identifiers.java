package org.exportrelay.destinations.table;

import java.util.Collection;
import java.util.stream.Collectors;

/** Names of columns and tables in statements: always quoted, so that no header of a file can become part of a statement. */
final class Identifiers {

    private Identifiers() {}

    /**
     * @param quote of the database, such as {@code "}
     */
    static String quoted(String name, String quote) {
        return quote + name.replace(quote, quote + quote) + quote;
    }

    /** All of them, separated by commas. */
    static String quoted(Collection<String> names, String quote) {
        return names.stream().map(name -> quoted(name, quote)).collect(Collectors.joining(", "));
    }
}
