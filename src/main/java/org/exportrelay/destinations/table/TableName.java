package org.exportrelay.destinations.table;

import java.util.Optional;

/**
 * The name of a table, as the database stores it.
 *
 * @param schema of the table, in MariaDB and MySQL its database; empty for the connection's own
 * @param table without the schema
 */
record TableName(Optional<String> schema, String table) {

    /**
     * @param text {@code TABLE} or {@code SCHEMA.TABLE}
     * @throws IllegalArgumentException if it is neither
     */
    static TableName of(String text) {
        String[] parts = text.split("\\.", -1);
        for (String part : parts) {
            if (part.isBlank() || part.chars().anyMatch(Character::isISOControl)) {
                throw new IllegalArgumentException("'" + text + "' is no name of a table; write TABLE or SCHEMA.TABLE");
            }
        }
        return switch (parts.length) {
            case 1 -> new TableName(Optional.empty(), parts[0]);
            case 2 -> new TableName(Optional.of(parts[0]), parts[1]);
            default -> throw new IllegalArgumentException(
                    "'" + text + "' has more than one dot; write TABLE or SCHEMA.TABLE");
        };
    }

    /** As part of a statement. */
    String quoted(String quote) {
        String name = Identifiers.quoted(table, quote);
        return schema.map(s -> Identifiers.quoted(s, quote) + "." + name).orElse(name);
    }

    @Override
    public String toString() {
        return schema.map(s -> s + "." + table).orElse(table);
    }
}
