package org.exportrelay.destinations.table;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
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

    /**
     * The element with this name: exactly, or otherwise without regard to case if that is clear. One rule for the columns
     * of the file, of the table and of the route.
     */
    static <T> Optional<T> find(String name, Collection<T> elements, Function<T, String> nameOf) {
        Optional<T> exact = elements.stream()
                .filter(each -> nameOf.apply(each).equals(name))
                .findFirst();
        List<T> similar = elements.stream()
                .filter(each -> nameOf.apply(each).equalsIgnoreCase(name))
                .toList();
        return exact.isPresent() || similar.size() != 1 ? exact : Optional.of(similar.get(0));
    }

    /** All of them, separated by commas. */
    static String quoted(Collection<String> names, String quote) {
        return names.stream().map(name -> quoted(name, quote)).collect(Collectors.joining(", "));
    }
}
